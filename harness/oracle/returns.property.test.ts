/** Who went back: the one sweep over the upstream sessions against comparing each with each; more with ORACLE_RUNS. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { openCase } from './case-file.ts';
import { returnsIn } from './returns.ts';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 500);
const HOMES = 4;

const call = fc.record({
  home: fc.nat(HOMES - 1),
  startMs: fc.nat(12),
  tookMs: fc.integer({ min: 1, max: 6 }),
  isAnswered: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
});

interface Call {
  readonly home: number;
  readonly startMs: number;
  readonly tookMs: number;
  readonly isAnswered: boolean;
}

/** Some call was begun there when the client had been answered out of this one. */
function isFollowed(calls: readonly Call[], home: number, there: number): boolean {
  return calls.some(
    (one) =>
      one.home === home &&
      one.isAnswered &&
      calls.some((next) => next.home === there && next.startMs > one.startMs + one.tookMs),
  );
}

function wentBack(calls: readonly Call[]): boolean {
  const homes = [...Array.from({ length: HOMES }).keys()];
  return homes.some((one) =>
    homes.some(
      (other) => other < one && isFollowed(calls, one, other) && isFollowed(calls, other, one),
    ),
  );
}

test('it finds that someone went back exactly where two upstream sessions show it of each other', () => {
  const seen = { back: 0, not: 0 };
  fc.assert(
    fc.property(fc.array(call, { minLength: 2, maxLength: 8 }), (calls) => {
      const story = new Story();
      const alice = story.connect('alice/1', { homes: false });
      const homes = Array.from({ length: HOMES }, () => story.home());
      for (const { home, startMs, tookMs, isAnswered } of calls) {
        alice.increment(1, {
          at: 2_000 + startMs,
          takes: tookMs,
          by: homes.slice(home, home + 1),
          ...(!isAnswered && { outcome: broken() }),
        });
      }
      const about = { ...openCase(story.evidence()), hasOwnAnswer: () => true };
      const found = returnsIn(about);
      expect(found).toHaveLength(wentBack(calls) ? 1 : 0);
      seen[found.length > 0 ? 'back' : 'not'] += 1;
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  expect(Math.min(seen.back, seen.not)).toBeGreaterThan(RUNS / 10);
}, 600_000);
