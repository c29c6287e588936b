import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Latency } from './latency.ts';

it('reads as the histogram of the library does, whatever it was given', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const latency = new Latency('seconds', 'help', ours);
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
  const model = new Histogram({ name: 'seconds', help: 'help', buckets, registers: [theirs] });
  for (const seconds of [0, 0.001, 0.0011, 0.02, 0.02, 60, 61, 1_000]) {
    latency.add(seconds);
    model.observe(seconds);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});
