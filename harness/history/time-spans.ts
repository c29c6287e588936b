/**
 * Spans of time, for many questions which of them overlap another: a balanced tree in arrays, by
 * beginning, where each node knows the latest end below it. O(log n) and what is found.
 */
export interface TimeSpan {
  readonly fromMs: number;
  /** Infinity: it never ended. */
  readonly toMs: number;
}

export class TimeSpans {
  readonly #spans: readonly TimeSpan[];
  /** Positions in `#spans`, by beginning. */
  readonly #order: Int32Array;
  /** By place in `#order`: the latest end in the part of it whose middle this is. */
  readonly #latestMs: Float64Array;

  constructor(spans: readonly TimeSpan[]) {
    this.#spans = spans;
    this.#order = Int32Array.from(spans.keys()).sort(
      (a, b) => (spans[a] as TimeSpan).fromMs - (spans[b] as TimeSpan).fromMs,
    );
    this.#latestMs = new Float64Array(spans.length);
    this.#measure(0, spans.length);
  }

  /** Positions of those that have a moment in common with it, both ends included, in no order. */
  overlapping(asked: TimeSpan): readonly number[] {
    const found: number[] = [];
    this.#collect(0, this.#order.length, asked, (position) => {
      found.push(position);
      return true;
    });
    return found;
  }

  /** Whether there is any such. */
  isAnyOver(asked: TimeSpan): boolean {
    return !this.#collect(0, this.#order.length, asked, () => false);
  }

  #measure(low: number, high: number): number {
    if (low >= high) return -Infinity;
    const middle = (low + high) >> 1;
    const { toMs } = this.#spans[this.#order[middle] as number] as TimeSpan;
    const besides = Math.max(this.#measure(low, middle), this.#measure(middle + 1, high));
    return (this.#latestMs[middle] = Math.max(toMs, besides));
  }

  /** @param take false once nothing more is wanted; so is then what this returns. */
  #collect(
    low: number,
    high: number,
    asked: TimeSpan,
    take: (position: number) => boolean,
  ): boolean {
    const middle = (low + high) >> 1;
    if (low >= high || (this.#latestMs[middle] as number) < asked.fromMs) return true;
    if (!this.#collect(low, middle, asked, take)) return false;
    const position = this.#order[middle] as number;
    const { fromMs, toMs } = this.#spans[position] as TimeSpan;
    if (fromMs > asked.toMs) return true;
    if (toMs >= asked.fromMs && !take(position)) return false;
    return this.#collect(middle + 1, high, asked, take);
  }
}
