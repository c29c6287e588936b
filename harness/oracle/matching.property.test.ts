/** Smallest deadline first against trying every assignment of increments to gaps; more of them with ORACLE_RUNS. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchGaps, type Windows } from './matching.ts';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 1_000);
const MOMENT_MAX = 8;

type Window = readonly [from: number, to: number];

const moment = fc.noBias(fc.nat(MOMENT_MAX));
const moments = fc.array(moment, { maxLength: 5, size: 'max' });

/** Both ends rise from gap to gap; a gap may end before it begins, and then nothing is in it. */
const gaps: fc.Arbitrary<readonly Window[]> = fc.tuple(moments, moments).map(([from, to]) => {
  const ends = to.toSorted((a, b) => a - b);
  const begins = from.slice(0, ends.length).toSorted((a, b) => a - b);
  return begins.map((begin, gap) => [begin, ends[gap] as number]);
});

const tokens: fc.Arbitrary<readonly Window[]> = fc
  .array(fc.tuple(moment, fc.nat(4)), { maxLength: 5, size: 'max' })
  .map((drawn) => drawn.map(([from, length]) => [from, from + length]));

function windows(list: readonly Window[]): Windows {
  return {
    from: Float64Array.from(list, ([from]) => from),
    to: Float64Array.from(list, ([, to]) => to),
  };
}

function fits([from, to]: Window, [gapFrom, gapTo]: Window): boolean {
  return from <= gapTo && to >= gapFrom;
}

function mostFilled(open: readonly Window[], left: readonly Window[]): number {
  const [gap, ...others] = open;
  if (gap === undefined) return 0;
  const filled = left
    .filter((token) => fits(token, gap))
    .map(
      (token) =>
        1 +
        mostFilled(
          others,
          left.filter((one) => one !== token),
        ),
    );
  return Math.max(mostFilled(others, left), ...filled);
}

test('fills as many gaps as can be filled, each with an increment of its own that fits', () => {
  let contested = 0;
  fc.assert(
    fc.property(gaps, tokens, (open, left) => {
      const { tokenOf, unfilled } = matchGaps(windows(open), windows(left));
      const filled = [...tokenOf.entries()].filter(([, token]) => token !== -1);
      for (const [gap, token] of filled) {
        expect(fits(left[token] as Window, open[gap] as Window)).toBe(true);
      }
      expect(tokenOf).toHaveLength(open.length);
      expect(new Set(filled.map(([, token]) => token)).size).toBe(filled.length);
      const most = mostFilled(open, left);
      expect([filled.length, unfilled]).toEqual([most, open.length - most]);
      if (most > 0 && most < Math.min(open.length, left.length)) contested += 1;
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  expect(contested).toBeGreaterThan(RUNS / 20);
}, 600_000);
