/**
 * Ctrl-C and SIGTERM. The first asks the run to stop: lanes are torn down and what was judged by
 * then is reported. The second ends everything at once; the process groups that we own go with us.
 */

import { HarnessError } from '../errors.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { EXIT } from '../report/exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** A signal to the whole process group comes once from the sender and once from our launcher. */
const ECHO_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interruption implements Disposable {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #terminal: Terminal;
  #first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;
  readonly #onSignal = (signal: NodeJS.Signals): void => this.#interrupt(signal);

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.signal = this.#controller.signal;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  #interrupt(signal: NodeJS.Signals): void {
    const isEcho = signal === this.#first?.signal && nowMs() - this.#first.atMs < ECHO_MS;
    if (isEcho) return;
    this.#first ??= { signal, atMs: nowMs() };
    // `lifecycle/group-registry.ts` kills every group that is still ours when the process exits.
    if (this.signal.aborted) process.exit(EXIT.interrupted);
    this.#terminal.complain(`\n${signal}: tearing down; once more ends everything at once\n`);
    this.#controller.abort(new HarnessError(EXIT.interrupted, `interrupted by ${signal}`));
  }
}
