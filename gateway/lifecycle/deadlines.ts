/**
 * Deadlines of one length for many things at once, kept by one timer: what was added first is due
 * first, so a sweep looks at the due ones only. No timer and no AbortSignal per call.
 */

import { Chain, type Link } from './chain.ts';

interface Due {
  readonly timed: Timed;
  readonly at: number;
}

export interface Timed {
  /** Its place among the deadlines, which only these touch: it can be in one set of them at a time. */
  due: Link<Due> | undefined;
  /** Called once, when the deadline has passed. */
  expire(): void;
}

export class Deadlines<T extends Timed> implements Disposable {
  readonly #ms: number;
  readonly #chain = new Chain<Due>();
  readonly #timer: NodeJS.Timeout;

  /** `ms` is the length of every deadline here; a sweep is late by at most a tenth of it, or 100 ms. */
  constructor(ms: number) {
    this.#ms = ms;
    this.#timer = setInterval(() => this.#sweep(), Math.min(100, Math.max(5, ms / 10)));
    this.#timer.unref();
  }

  get size(): number {
    return this.#chain.size;
  }

  /** Anew, if it was in. */
  add(timed: T): void {
    this.delete(timed);
    timed.due = this.#chain.add({ timed, at: performance.now() + this.#ms });
  }

  delete(timed: T): void {
    const { due } = timed;
    if (due === undefined) return;
    timed.due = undefined;
    this.#chain.remove(due);
  }

  all(): readonly T[] {
    return this.#chain.all().map(({ timed }) => timed as T);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const timed of this.all()) this.delete(timed);
  }

  #sweep(): void {
    const now = performance.now();
    for (
      let { first } = this.#chain;
      first !== undefined && first.item.at <= now;
      { first } = this.#chain
    ) {
      const { timed } = first.item;
      this.delete(timed as T);
      timed.expire();
    }
  }
}
