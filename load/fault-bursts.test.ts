import { expect, it } from 'vitest';
import { randomFrom } from '../harness/random.ts';
import { planBursts } from './fault-bursts.ts';

const TIMES = { rampMs: 5_000, durationMs: 60_000 };

it('plans the same bursts for the same seed, and others for another', () => {
  const plan = (seed: number): unknown => planBursts('mixed', TIMES, randomFrom(seed));
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
});

it('plans none where none are wanted', () => {
  expect(planBursts('none', TIMES, randomFrom(1))).toEqual([]);
});

it.each([1, 2, 3])(
  'leaves the arrival and the end quiet, and most of the run (seed %i)',
  (seed) => {
    const bursts = planBursts('mixed', TIMES, randomFrom(seed));
    const holdMs = bursts
      .flatMap(({ strikes }) => strikes)
      .reduce((sum, { holdMs: ms }) => sum + ms, 0);
    expect(bursts[0]?.atMs).toBe(5_000);
    expect(bursts.at(-1)?.atMs).toBeLessThan(51_000);
    // Half of the users are struck, and at most a quarter of all calls may be exposed.
    expect(holdMs).toBeLessThan(TIMES.durationMs / 2);
  },
);

it('cuts live connections first, and strikes even in a short run', () => {
  const [first] = planBursts('mixed', { rampMs: 500, durationMs: 2_000 }, randomFrom(1));
  expect(first?.strikes[0]?.fault).toEqual({ kind: 'down' });
});

it('strikes with every kind of fault in a long mixed run', () => {
  const bursts = planBursts('mixed', TIMES, randomFrom(1));
  const kinds = new Set(bursts.flatMap(({ strikes }) => strikes).map(({ fault }) => fault.kind));
  expect([...kinds].sort()).toEqual(
    ['bandwidth', 'blackhole', 'down', 'latency', 'limit-data', 'reset', 'slicer'].sort(),
  );
});
