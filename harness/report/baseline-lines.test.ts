import { expect, test } from 'vitest';
import { baselineLines } from './baseline-lines.ts';
import { runForTest } from './result-for-test.ts';

test('says of each entry what is wrong with it, and what to do', () => {
  const about = { scenario: 'isolation/*', check: 'own-counter' };
  expect(
    baselineLines(
      runForTest([], {
        staleBaseline: [
          { ...about, hits: 0, of: 3 },
          { ...about, anomaly: 'LOST', hits: 0, of: 3 },
          { scenario: 'isolation/x', check: 'own-counter', hits: 1, of: 10 },
          { scenario: 'isolation/y', check: 'own-counter', hits: 2_999, of: 3_000 },
        ],
        expiredBaseline: [{ ...about, expires: '2026-01-31' }],
        exceededBaseline: [{ ...about, hits: 5, of: 10, maxRate: 0.2 }],
      }),
    ),
  ).toEqual([
    'stale baseline: isolation/* no longer violates own-counter; remove the entry',
    'stale baseline: isolation/* no longer violates own-counter by LOST; remove the entry',
    'stale baseline: isolation/x violated own-counter in 1 of 10 repeats only; say "expect: flaky" with a maxRate above 0.1',
    'stale baseline: isolation/y violated own-counter in 2999 of 3000 repeats only; say "expect: flaky" with a maxRate above 0.99',
    'expired baseline: own-counter in isolation/* was accepted until 2026-01-31; mend it, or give the entry a new date and reason',
    'more than flaky: isolation/* violated own-counter 5 times of 10, and the baseline allows 20 %',
  ]);
  expect(baselineLines(runForTest([]))).toEqual([]);
});
