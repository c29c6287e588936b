/** Where a run's time goes: milliseconds by phase, over all lanes together. */

import { nowMs } from '../lifecycle/clock.ts';

export type Phase =
  /** And the end of the one before, where another was wanted. */
  | 'openLane'
  | 'act'
  | 'heal'
  /** Until nothing executes upstream any more. */
  | 'drain'
  /** Reading the ledgers, judging, and writing the bundle. */
  | 'judge'
  | 'closeLane'
  /** The last look at the ledgers, at the run's end. */
  | 'lateJoin';

export class Stopwatch {
  readonly #spentMs = new Map<Phase, number>();

  /** What `work` comes to; the time it took counts for the phase, also where it fails. */
  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const startMs = nowMs();
    try {
      return await work();
    } finally {
      this.#spentMs.set(phase, (this.#spentMs.get(phase) ?? 0) + nowMs() - startMs);
    }
  }

  /** "actMs" and the like. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#spentMs].map(([phase, spent]) => [`${phase}Ms`, spent]));
  }
}
