import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { upperBound } from './false-alarm-bound.ts';

test('is the rule of three where nothing was seen', () => {
  for (const runs of [30, 60, 300, 3_000, 9_000]) {
    expect(upperBound(0, runs)).toBeCloseTo(1 - 0.05 ** (1 / runs), 12);
    expect(upperBound(0, runs)).toBeLessThan(3 / runs);
    expect(upperBound(0, runs)).toBeGreaterThan(2.85 / runs);
  }
});

/** Quantiles of the beta distribution, as R's qbeta(0.95, hits + 1, runs - hits) gives them. */
test.each([
  [0, 10, 0.258_866],
  [1, 10, 0.394_163],
  [5, 10, 0.777_559],
  [1, 20, 0.216_106],
  [9, 10, 0.994_884],
])('%d of %d', (hits, runs, bound) => {
  expect(upperBound(hits, runs)).toBeCloseTo(bound, 5);
});

test('says nothing without a run, and nothing where everything was hit', () => {
  expect(upperBound(0, 0)).toBe(1);
  expect(upperBound(4, 4)).toBe(1);
});

test('rises with the hits, falls with the runs, and lies above what was seen', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(999), (runs, more) => {
      const hits = more % runs;
      const bound = upperBound(hits, runs);
      expect(bound).toBeGreaterThan(hits / runs);
      expect(upperBound(hits + 1, runs)).toBeGreaterThan(bound);
      expect(upperBound(hits, runs + 100)).toBeLessThan(bound);
      expect(upperBound(hits, runs, 0.99)).toBeGreaterThanOrEqual(bound);
    }),
    { numRuns: 100 },
  );
});
