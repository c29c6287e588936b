import { expect, test } from 'vitest';
import { jsonReport } from './json.ts';
import { redactorOf } from './redact.ts';
import { findingForTest, receiptForTest, resultForTest, runForTest } from './result-for-test.ts';

const failed = resultForTest({
  verdict: 'fail',
  exitCode: 1,
  receipts: [receiptForTest()],
  findings: [findingForTest({ message: 'answered with top-secret' })],
});
const leaks = resultForTest({ id: 'run/target-leaks', verdict: 'inconclusive', exitCode: 2 });

test('has what is wrong with the baseline', () => {
  const about = { scenario: 'a/*', check: 'own-counter' };
  const wrong = {
    staleBaseline: [{ ...about, hits: 0, of: 3 }],
    expiredBaseline: [{ ...about, expires: '2026-01-31' }],
    exceededBaseline: [{ ...about, hits: 2, of: 3, maxRate: 0.1 }],
  };
  expect(JSON.parse(jsonReport(runForTest([], wrong), redactorOf([])))).toMatchObject(wrong);
});

test('has everything that a reader may rely on', () => {
  const run = runForTest([failed], { perRun: [leaks], exitCode: 1 });
  const text = jsonReport(run, redactorOf(['top-secret']));
  expect(text).not.toContain('top-secret');
  expect(JSON.parse(text)).toMatchObject({
    suite: { version: '1.2.3' },
    target: { name: 'reference', version: '0.1.0' },
    seed: 42,
    exitCode: 1,
    power: { judged: 0, unknown: 0, detectable95: 1, checks: [] },
    totals: { pass: 0, fail: 1, inconclusive: 1, notApplicable: 0 },
    scenarios: [
      {
        id: 'isolation/same-user',
        verdict: 'fail',
        durationMs: 1234,
        findings: [
          {
            check: 'own-counter',
            requirement: 'ISO-02',
            message: 'answered with [redacted]',
            evidence: ['h12', 'counter#7'],
          },
        ],
        receipts: [{ id: 'f1', effect: { touched: ['h4'], exposed: ['h3', 'h4', 'h9'] } }],
        operations: { total: 8 },
        power: { check: 'own-counter', judged: 8, unknown: 2 },
      },
      { id: 'run/target-leaks', verdict: 'inconclusive' },
    ],
  });
});
