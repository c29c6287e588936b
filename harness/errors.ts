/**
 * What the suite itself could not do. Never what a target did: that is a Finding.
 * The exit code is part of the error, because it says whose move it is.
 */

import { EXIT } from './report/exit-codes.ts';

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The caller gave something we cannot use: a flag, a file, a name. One sentence that says what to do. */
export class UsageError extends HarnessError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.usage, message, options);
  }
}

/** The target never became ready, with its last answer and the last lines of its log in the message. */
export class TargetNotReadyError extends HarnessError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.targetNotReady, message, options);
  }
}

/** A tool is missing, a leak of ours, or a bug of ours. */
export class OwnError extends HarnessError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.ownError, message, options);
  }
}

/** A fixture or Toxiproxy died in the middle: the run proves nothing, and the target is not to blame. */
export class InstrumentLostError extends HarnessError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.inconclusive, message, options);
  }
}
