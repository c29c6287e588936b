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
    this.#collect(0, this.#order.length, asked, found);
    return found;
  }

  #measure(low: number, high: number): number {
    if (low >= high) return -Infinity;
    const middle = (low + high) >> 1;
    const { toMs } = this.#spans[this.#order[middle] as number] as TimeSpan;
    const besides = Math.max(this.#measure(low, middle), this.#measure(middle + 1, high));
    return (this.#latestMs[middle] = Math.max(toMs, besides));
  }

  #collect(low: number, high: number, asked: TimeSpan, found: number[]): void {
    const middle = (low + high) >> 1;
    if (low >= high || (this.#latestMs[middle] as number) < asked.fromMs) return;
    this.#collect(low, middle, asked, found);
    const position = this.#order[middle] as number;
    const { fromMs, toMs } = this.#spans[position] as TimeSpan;
    if (fromMs > asked.toMs) return;
    if (toMs >= asked.fromMs) found.push(position);
    this.#collect(middle + 1, high, asked, found);
  }
}
