import { expect, test } from 'vitest';
import type { BaselineEntry } from './baseline-rule.ts';
import type { ScenarioResult } from './result.ts';
import type { RunOptions } from './run-options.ts';
import { summarise } from './run-summary.ts';
import { findingForTest, resultForTest } from '../report/result-for-test.ts';

const failed = resultForTest({ verdict: 'fail', exitCode: 1, findings: [findingForTest()] });

function summaryOf(results: readonly ScenarioResult[], ...entries: readonly BaselineEntry[]) {
  const options = {
    seed: 1,
    command: 'npx mcp-gauntlet run',
    out: 'out',
    baseline: { file: 'b.yaml', today: '2026-11-21', entries },
  } as unknown as RunOptions;
  return summarise({
    options,
    suite: { version: '1.2.3' },
    target: { name: 'reference', version: '0.1.0' },
    startedAt: '2026-11-21T00:00:00.000Z',
    durationMs: 1,
    tools: [],
    results,
    codes: [],
    timings: {},
  });
}

const ENTRY: BaselineEntry = {
  scenario: 'isolation/*',
  check: 'own-counter',
  reason: 'known',
  expect: 'fail',
};

test('what is expected ends a run well', () => {
  const run = summaryOf([failed], ENTRY);
  expect(run.exitCode).toBe(0);
  expect(run).not.toHaveProperty('staleBaseline');
});

test('an entry whose day is past is exit code 3', () => {
  const run = summaryOf([failed], { ...ENTRY, expires: '2026-11-20' });
  expect(run.exitCode).toBe(3);
  expect(run.expiredBaseline).toMatchObject([{ expires: '2026-11-20' }]);
});

test('an entry whose finding did not come is exit code 3', () => {
  expect(summaryOf([resultForTest()], ENTRY)).toMatchObject({
    exitCode: 3,
    staleBaseline: [{ scenario: 'isolation/*' }],
  });
});

test('a flaky finding that comes too often is a violation', () => {
  const entry = { ...ENTRY, expect: 'flaky', maxRate: 0.5, expires: '2027-01-01' } as const;
  const run = summaryOf([failed, { ...failed, repeat: 1 }], entry);
  expect(run.exitCode).toBe(1);
  expect(run.exceededBaseline).toMatchObject([{ hits: 2, of: 2 }]);
  expect(summaryOf([failed, resultForTest({ repeat: 1 })], entry).exitCode).toBe(0);
});
