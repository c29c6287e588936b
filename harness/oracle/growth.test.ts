/**
 * That the judges stay near-linear, counted and not timed: how often they look at an operation or a
 * ledger line. A machine that is busy changes no count.
 */

import { expect, test } from 'vitest';
import { checkCounter } from './check-counter.ts';
import { AT_MOST_ONCE, type CounterOperation } from './counter-history.ts';
import { findAnomalies } from './find-anomalies.ts';
import { hasTooManyLives } from './lives.ts';
import { longCounterHistory, longRecording } from './long-history-for-test.ts';

const LARGE = 100_000;
/** n log n itself grows by 12.5, n² by 100. */
const GROWTH_MAX = 13;

/** The same list; every property that is read of its members is counted. */
function counted<T extends object>(list: readonly T[], count: () => void): readonly T[] {
  const handler: ProxyHandler<T> = {
    get: (target, key) => {
      count();
      return Reflect.get(target, key) as unknown;
    },
  };
  return list.map((one) => new Proxy(one, handler));
}

function looksOf(judge: (count: () => void) => void): number {
  let looks = 0;
  judge(() => {
    looks += 1;
  });
  return looks;
}

function growthOf(looksAt: (operations: number) => number, large = LARGE): number {
  return looksAt(large) / looksAt(large / 10);
}

test('the white box looks at ten times as much about ten times as often', () => {
  const growth = growthOf((operations) =>
    looksOf((count) => {
      const recording = longRecording(operations, 1);
      const { anomalies } = findAnomalies({
        ...recording,
        operations: counted(recording.operations, count),
        ledger: counted(recording.ledger, count),
      });
      expect(anomalies).toEqual([]);
    }),
  );
  expect(growth).toBeGreaterThan(8);
  expect(growth).toBeLessThan(GROWTH_MAX);
});

test('so it does where every call went wrong', () => {
  const growth = growthOf(
    (operations) =>
      looksOf((count) => {
        const recording = longRecording(operations, 1);
        // One session that is served by a new upstream session at each call, and told nonsense.
        const moved = recording.ledger.map((line) =>
          line.kind === 'request' || line.kind === 'apply'
            ? { ...line, session: line.opId ?? '' }
            : line,
        );
        const { anomalies } = findAnomalies({
          ...recording,
          operations: counted(recording.operations, count),
          ledger: counted(moved, count),
        });
        expect(anomalies.length).toBeGreaterThan(operations / 2);
      }),
    LARGE / 5,
  );
  expect(growth).toBeLessThan(GROWTH_MAX);
});

test('the black box looks at ten times as much about ten times as often', () => {
  const growth = growthOf((operations) =>
    looksOf((count) => {
      expect(checkCounter(counted(longCounterHistory(operations, 1), count))).toEqual([]);
    }),
  );
  expect(growth).toBeGreaterThan(8);
  expect(growth).toBeLessThan(GROWTH_MAX);
});

/** A counter that begins anew after each of so many losses, in calls of one millisecond. */
function withLosses(operations: number, losses: number) {
  const perLife = operations / (losses + 1);
  const history = Array.from({ length: operations }, (_, index): CounterOperation => {
    const life = Math.floor(index / perLife);
    const startMs = index * 2 + life * 10;
    const value = index - life * perLife + 1;
    const ref = `increment-${index}`;
    return { kind: 'increment', startMs, endMs: startMs + 1, isCertain: true, value, ref };
  });
  const resets = Array.from({ length: losses }, (_, life) => {
    const fromMs = (life + 1) * (perLife * 2 + 10) - 10;
    return { fromMs, toMs: fromMs + 5 };
  });
  return { history, resets };
}

test('nine losses that were told cost no more looks than one: the first way explains them', () => {
  const [one, nine] = [1, 9].map((losses) =>
    looksOf((count) => {
      const { history, resets } = withLosses(1_000, losses);
      expect(checkCounter(counted(history, count), { ...AT_MOST_ONCE, resets })).toEqual([]);
    }),
  ) as [number, number];
  expect(nine).toBe(one);
});

test('more losses than can be tried are not even looked at', () => {
  const looks = looksOf((count) => {
    const { history, resets } = withLosses(1_000, 11);
    expect(hasTooManyLives(history, { resets: counted(resets, count) })).toBe(true);
  });
  expect(looks).toBe(0);
});

test('ways in which states may be ordered are counted without a look at the calls for each', () => {
  const looksWith = (pairs: number): number =>
    looksOf((count) => {
      const seen = Array.from({ length: pairs * 2 }, (_, index): CounterOperation => {
        const startMs = -1_000 + Math.floor(index / 2) * 20;
        const window = { startMs, endMs: startMs + 10, isCertain: true };
        return { kind: 'read', ...window, value: 0, state: `early ${index}`, ref: `read-${index}` };
      });
      const { history } = withLosses(1_000, 0);
      const named = [...seen, ...history.map((one) => ({ ...one, state: 'late' }))];
      expect(checkCounter(counted(named, count))).toEqual([]);
    });
  expect(looksWith(10)).toBeLessThan(looksWith(0) * 1.1);
});
