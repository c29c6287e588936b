/**
 * That the judges stay near-linear, counted and not timed: how often they look at an operation or a
 * ledger line. A machine that is busy changes no count.
 */

import { expect, test } from 'vitest';
import { checkCounter } from './check-counter.ts';
import { findAnomalies } from './find-anomalies.ts';
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
