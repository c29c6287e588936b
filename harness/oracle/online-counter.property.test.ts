/** The online form against the exact checker, call by call. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCounter } from './check-counter.ts';
import type { CounterOperation } from './counter-history.ts';
import { OnlineCounter } from './online-counter.ts';

const RUNS = 5_000;
const CALLS_MAX = 10;

/** An increment or a read that was told a value, an increment that was told none, or one of unknown fate. */
interface Call {
  readonly kind: 'increment' | 'read' | 'blind' | 'undecided';
  readonly value: number;
}

/** A counter that applies what is undecided at will and now and then tells a wrong value: near the edge as often as beyond it. */
const history = fc.array(
  fc.record({
    kind: fc.constantFrom<Call['kind']>('increment', 'read', 'blind', 'undecided'),
    isApplied: fc.boolean(),
    off: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, -1, 2),
  }),
  { minLength: 1, maxLength: CALLS_MAX },
);

function answered(
  drawn: typeof history extends fc.Arbitrary<infer T> ? T : never,
): readonly Call[] {
  let value = 0;
  let open = 0;
  return drawn.map(({ kind, isApplied, off }) => {
    if (kind === 'undecided') {
      open += 1;
      return { kind, value: 0 };
    }
    if (isApplied && open > 0) {
      open -= 1;
      value += 1;
    }
    if (kind !== 'read') value += 1;
    // The least that an increment can be told is 1.
    return { kind, value: Math.max(kind === 'increment' ? 1 : 0, value + off) };
  });
}

/** One call after the other: each begins when the one before it has ended. */
function operationsOf(calls: readonly Call[]): readonly CounterOperation[] {
  return calls.map(({ kind, value }, index) => {
    const about = { startMs: index * 10, endMs: index * 10 + 9, ref: `${index}` };
    if (kind === 'undecided') return { ...about, kind: 'increment', isCertain: false };
    if (kind === 'blind') return { ...about, kind: 'increment', isCertain: true };
    return { ...about, kind, isCertain: true, value };
  });
}

function firstWrongOnline(calls: readonly Call[]): number {
  const counter = new OnlineCounter();
  return calls.findIndex(({ kind, value }) => {
    if (kind === 'undecided') counter.undecided();
    else if (kind === 'blind') counter.acknowledged();
    else if (kind === 'increment') return counter.incremented(value) !== undefined;
    else return counter.read(value) !== undefined;
    return false;
  });
}

test('it objects to the same call as the exact checker, and to none that the exact checker accepts', () => {
  const seen = { accepted: 0, rejected: 0 };
  fc.assert(
    fc.property(history, (drawn) => {
      const calls = answered(drawn);
      const operations = operationsOf(calls);
      const exact = operations.findIndex(
        (_, index) => checkCounter(operations.slice(0, index + 1)).length > 0,
      );
      if (exact === -1) seen.accepted += 1;
      else seen.rejected += 1;
      expect(firstWrongOnline(calls)).toBe(exact);
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 10);
}, 600_000);
