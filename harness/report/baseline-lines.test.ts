import { expect, test } from 'vitest';
import { baselineLines } from './baseline-lines.ts';
import { runForTest } from './result-for-test.ts';

test('says of each entry what is wrong with it, and what to do', () => {
  const about = { scenario: 'isolation/*', check: 'own-counter' };
  expect(
    baselineLines(
      runForTest([], {
        staleBaseline: [about],
        expiredBaseline: [{ ...about, expires: '2026-01-31' }],
        exceededBaseline: [{ ...about, hits: 5, of: 10, maxRate: 0.2 }],
      }),
    ),
  ).toEqual([
    'stale baseline: isolation/* no longer violates own-counter; remove the entry',
    'expired baseline: own-counter in isolation/* was accepted until 2026-01-31; mend it, or give the entry a new date and reason',
    'more than flaky: isolation/* violated own-counter in 5 of 10 repeats, and the baseline allows 20 %',
  ]);
  expect(baselineLines(runForTest([]))).toEqual([]);
});
