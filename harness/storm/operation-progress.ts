/** How far an operation in flight has come, as far as the outside can see: what faults are timed by. */

import type { Phase } from '../schedule/schedule.ts';
import type { Stage } from '../run/stage.ts';
import type { Outcome } from '../history/event.ts';
import type { Call } from '../wire/session.ts';

/** How long an operation is watched for the sign that its upstream executes it, in milliseconds. */
const SEEN_WITHIN_MS = 3_000;

export class OperationProgress {
  readonly outcome: Promise<Outcome>;
  readonly #stage: Stage;
  readonly #upstream: string;
  readonly #call: Call | undefined;
  #isOver = false;
  #executing: Promise<boolean> | undefined;

  /** @param call absent for DELETE, whose execution nothing shows. */
  constructor(stage: Stage, upstream: string, outcome: Promise<Outcome>, call?: Call) {
    this.#stage = stage;
    this.#upstream = upstream;
    this.#call = call;
    this.outcome = outcome.finally(() => (this.#isOver = true));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when it is in that phase, or when it can no longer come there. */
  async reach(phase: Phase): Promise<void> {
    if (phase === 'executing') await this.executing();
    else if (phase === 'streaming') await this.#call?.streaming;
    else if (phase === 'after') await this.outcome;
  }

  /** Why a fault that strikes now does not meet that phase; undefined: it does. */
  async whyMissed(phase: Phase): Promise<string | undefined> {
    if (phase === 'idle' || phase === 'after') return undefined;
    if (this.#isOver) return 'the operation had ended';
    if (phase === 'executing' && !(await this.executing())) return 'it was not seen to execute';
    if (phase === 'streaming' && (await this.#call?.streaming) !== true) {
      return 'no message came ahead of its answer';
    }
    return undefined;
  }

  /** True once the fixture's ledger shows its request; false if it ended, or never got there. */
  executing(): Promise<boolean> {
    this.#executing ??= this.#watch();
    return this.#executing;
  }

  async #watch(): Promise<boolean> {
    const opId = this.#call?.opId;
    if (opId === undefined) return false;
    let isSeen = false;
    const { eventually, upstream } = this.#stage;
    await eventually(SEEN_WITHIN_MS, async () => {
      const ledger = await upstream(this.#upstream).ledger();
      isSeen = ledger.some((line) => line.kind === 'request' && line.opId === opId);
      return isSeen || this.#isOver;
    });
    return isSeen;
  }
}
