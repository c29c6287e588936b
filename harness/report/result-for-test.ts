/** Results to report on, for the tests of the reports. */

import type { JudgedReceipt } from '../history/effect.ts';
import type { Finding } from '../checks/check.ts';
import { powerOf } from '../run/power.ts';
import type { Diagnosis } from '../oracle/diagnosis.ts';
import type { RunResult, ScenarioResult } from '../run/result.ts';
import { totalsOf } from './all-results.ts';

export function resultForTest(overrides: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    id: 'isolation/same-user',
    title: 'Two sessions of one user each keep their own counter',
    verdict: 'pass',
    exitCode: 0,
    durationMs: 1234,
    findings: [],
    receipts: [],
    operations: { total: 8, ok: 8, fail: 0, info: 0, exposed: 0 },
    power: powerOf(8, 2, 'own-counter'),
    checks: [{ id: 'own-counter', verdict: 'pass', examined: 8 }],
    requirements: ['ISO-02'],
    repeat: 0,
    ...overrides,
  };
}

export function findingForTest(overrides: Partial<Finding> = {}): Finding {
  return {
    check: 'own-counter',
    requirement: 'ISO-02',
    message: 'alice/1 saw 6 where its own counter stood at 3',
    evidence: ['h12', 'counter#7'],
    ...overrides,
  };
}

export function receiptForTest(overrides: Partial<JudgedReceipt> = {}): JudgedReceipt {
  return {
    id: 'f1',
    kind: 'down',
    upstream: 'counter',
    requestedAtMs: 1_000,
    acknowledgedAtMs: 1_016,
    healedAtMs: 1_097,
    seen: ['the proxy reads back enabled=false'],
    effect: {
      exposed: ['h3', 'h4', 'h9'],
      touched: ['h4'],
      seen: [
        { sign: 'refused', by: 'tool', count: 1, first: 'a connection to it fails' },
        { sign: 'FIN', by: 'tool', count: 1, first: 'a connection that was open ended with FIN' },
        { sign: 'error', by: 'client', count: 2, first: 'h4' },
      ],
    },
    ...overrides,
  };
}

export function runForTest(
  scenarios: readonly ScenarioResult[],
  overrides: Partial<RunResult> = {},
): RunResult {
  return {
    suite: { version: '1.2.3' },
    target: { name: 'reference', version: '0.1.0' },
    seed: 42,
    command: 'npx mcp-gauntlet run --seed 42',
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 65_000,
    exitCode: 0,
    totals: totalsOf(scenarios),
    scenarios,
    perRun: [],
    tools: [{ name: 'toxiproxy', version: '2.12.0', how: 'PATH' }],
    out: '.gauntlet/run',
    ...overrides,
  };
}

export function diagnosisForTest(overrides: Partial<Diagnosis> = {}): Diagnosis {
  return {
    headline: "session bob/1's increments were applied to alice/1's counter: 3 of them",
    rung: "another session's operations",
    anomaly: 'FOREIGN',
    also: ['2 × DUPLICATE: an increment was applied more than once'],
    timeLine: ['alice/1 increment h5  ├──┤  told 1', 'bob/1 increment h7      ├──┤  told 2'],
    ...overrides,
  };
}
