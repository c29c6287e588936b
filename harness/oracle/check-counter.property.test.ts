/** The exact checker against trying everything, on random histories. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compared, counterCase } from './counter-case-for-test.ts';

const RUNS = 5_000;

test('it agrees with trying everything: what can be explained, and with how few repetitions', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(counterCase, (drawn) => {
      const { exhaustive, exact } = compared(drawn);
      const named = drawn.operations.some(({ state }) => state !== undefined);
      const lives = named ? 'states' : drawn.rules.resets === undefined ? 'one life' : 'resets';
      const answer = exhaustive === undefined ? 'not' : exhaustive > 0 ? 'repeated' : 'explained';
      seen.set(`${lives}: ${answer}`, (seen.get(`${lives}: ${answer}`) ?? 0) + 1);
      expect(exact).toBe(exhaustive);
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing; the rarest kind is drawn about 40 times.
  expect(seen.size).toBe(9);
  for (const count of seen.values()) expect(count).toBeGreaterThan(RUNS / 1_000);
}, 600_000);
