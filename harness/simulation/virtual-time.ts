/** Time that passes when nothing else is left to do: what is due next happens next, ties in the order of asking. */

import type { Random } from '../random.ts';

export class VirtualTime {
  nowMs = 1_000;
  readonly #due: { readonly atMs: number; readonly action: () => void }[] = [];
  /** As long as a message takes from one process to the next. */
  readonly hop: (action: () => void) => void;

  constructor(random: Random) {
    this.hop = (action) => this.after(random.int(1, 3), action);
  }

  after(delayMs: number, action: () => void): void {
    const atMs = this.nowMs + delayMs;
    this.#due.splice(this.#due.findLastIndex((one) => one.atMs <= atMs) + 1, 0, { atMs, action });
  }

  run(): void {
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) {
      // No two things happen at the same time: who asks what came first gets an answer.
      this.nowMs = Math.max(next.atMs, this.nowMs + 0.001);
      next.action();
    }
  }
}
