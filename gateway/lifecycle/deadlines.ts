/**
 * Deadlines of one length for many things at once, kept by one timer: what was added first is due
 * first, so a sweep looks at the due ones only. No timer and no AbortSignal per call.
 */

export interface Timed {
  /** Called once, when the deadline has passed. */
  expire(): void;
}

export class Deadlines<T extends Timed> implements Disposable {
  readonly #ms: number;
  readonly #due = new Map<T, number>();
  readonly #timer: NodeJS.Timeout;

  /** `ms` is the length of every deadline here; a sweep is late by at most a tenth of it, or 100 ms. */
  constructor(ms: number) {
    this.#ms = ms;
    this.#timer = setInterval(() => this.#sweep(), Math.min(100, Math.max(5, ms / 10)));
    this.#timer.unref();
  }

  get size(): number {
    return this.#due.size;
  }

  add(item: T): void {
    this.#due.set(item, performance.now() + this.#ms);
  }

  delete(item: T): void {
    this.#due.delete(item);
  }

  all(): readonly T[] {
    return [...this.#due.keys()];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#due.clear();
  }

  #sweep(): void {
    const now = performance.now();
    for (const [item, at] of this.#due) {
      if (at > now) return;
      this.#due.delete(item);
      item.expire();
    }
  }
}
