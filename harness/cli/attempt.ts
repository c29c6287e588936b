/** A run that may break: whatever happens, there is a result to report, and the failure is not lost. */

import { HarnessError } from '../errors.ts';
import { EXIT } from '../report/exit-codes.ts';
import { redactorOf } from '../report/redact.ts';
import type { RunResult } from '../run/result.ts';
import { suiteVersion } from '../suite-version.ts';
import type { TargetPlan } from '../target/target.ts';

export interface Attempt<R extends RunResult = RunResult> {
  /** Without scenarios if it failed. */
  readonly run: R | RunResult;
  readonly failure?: Error;
}

/** What is known of a run before it begins. */
export interface Undertaking {
  readonly plan: TargetPlan;
  readonly seed: number;
  /** The command that repeats it. */
  readonly command: string;
  readonly out: string;
}

/** Never rejects. An interrupted run's failure is the interruption, whatever broke because of it. */
export async function attempt<R extends RunResult>(
  undertaking: Undertaking,
  signal: AbortSignal,
  work: () => Promise<R>,
): Promise<Attempt<R>> {
  const startedAt = new Date();
  try {
    return { run: await work() };
  } catch (error) {
    const failure = asError(signal.aborted ? signal.reason : error);
    hideSecrets(failure, undertaking.plan.secrets);
    return { run: emptyRun(undertaking, startedAt, failure), failure };
  }
}

function emptyRun(
  { plan, seed, command, out }: Undertaking,
  startedAt: Date,
  failure: Error,
): RunResult {
  return {
    suite: { version: suiteVersion() },
    target: { name: plan.name, version: plan.version },
    seed,
    command,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    exitCode: failure instanceof HarnessError ? failure.exitCode : EXIT.ownError,
    error: failure.message,
    totals: { pass: 0, fail: 0, inconclusive: 0, notApplicable: 0 },
    scenarios: [],
    perRun: [],
    tools: [],
    out,
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whoever prints it in the end knows of no secrets, and a target that did not start may have logged them. */
function hideSecrets(failure: Error, secrets: readonly string[]): void {
  const redactor = redactorOf(secrets);
  failure.message = redactor.text(failure.message);
  if (failure.stack !== undefined) failure.stack = redactor.text(failure.stack);
}
