/**
 * A histogram of latencies for prom-client, counted in plain numbers. Its own looks labels up for
 * each value, at the price of parsing a small message.
 */

import { Histogram, type Registry } from 'prom-client';

interface Value {
  readonly metricName: string;
  readonly labels: { readonly le?: number | string };
  readonly value: number;
}

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class Latency extends Histogram {
  readonly #described: { readonly name: string; readonly help: string };
  /** By bucket; the last is what is beyond all bounds. */
  readonly #counts = [...BOUNDS, Infinity].map(() => 0);
  #sum = 0;

  constructor(name: string, help: string, registry: Registry) {
    super({ name, help, registers: [registry] });
    this.#described = { name, help };
  }

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket += 1;
    (this.#counts[bucket] as number) += 1;
    this.#sum += seconds;
  }

  /** What prom-client's registry asks a histogram for when someone scrapes. */
  getForPromString(): object {
    const { name } = this.#described;
    let count = 0;
    const values = this.#counts.map((inBucket, index): Value => {
      count += inBucket;
      return {
        metricName: `${name}_bucket`,
        labels: { le: BOUNDS[index] ?? '+Inf' },
        value: count,
      };
    });
    values.push({ metricName: `${name}_sum`, labels: {}, value: this.#sum });
    values.push({ metricName: `${name}_count`, labels: {}, value: count });
    return { ...this.#described, type: 'histogram', aggregator: 'sum', values };
  }
}
