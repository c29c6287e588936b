import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { coloursFor } from './colours.ts';
import { ConsoleReport } from './console.ts';
import { powerOf } from '../run/power.ts';
import { redactorOf } from './redact.ts';
import {
  diagnosisForTest,
  findingForTest,
  receiptForTest,
  resultForTest,
  runForTest,
} from './result-for-test.ts';
import type { RunResult, ScenarioResult } from '../run/result.ts';

function said(tell: (report: ConsoleReport) => void, isTTY = false): string {
  const parts: string[] = [];
  const report = new ConsoleReport(
    (text) => parts.push(text),
    coloursFor({ isTTY }, {}),
    redactorOf(['top-secret']),
    { 'ISO-02': { level: 'gateway', text: 'Sessions are never shared.', source: 'an issue' } },
  );
  report.heading({
    version: '1.2.3',
    target: 'reference 0.1.0',
    seed: 42,
    command: 'npx x --seed 42',
  });
  tell(report);
  return parts.join('');
}

function saidOf(result: ScenarioResult): string {
  return said((report) => report.scenarioDone(result, 3, 24));
}

const failed = resultForTest({
  verdict: 'fail',
  exitCode: 1,
  bundle: 'out/b',
  findings: [findingForTest({ contract: 'default contract', message: 'saw top-secret' })],
  receipts: [receiptForTest()],
  targetLog: ['\u001b]0;evil\u0007\u001b[2Jwiped'],
});

test('says on its first line what repeats the run', () => {
  const first = said(() => undefined).split('\n')[0];
  for (const part of ['1.2.3', 'reference 0.1.0', 'seed 42', 'npx x --seed 42']) {
    expect(first).toContain(part);
  }
});

test('says a pass on one line, with the progress', () => {
  expect(saidOf(resultForTest()).split('\n')[1]).toBe(
    '[ 3/24] pass  isolation/same-user  1.2 s, 8 calls, 2 unknown, detects 31 % (own-counter)',
  );
});

test('says what a verdict is worth only where it is green', () => {
  expect(saidOf(failed)).not.toContain('detects');
  expect(saidOf(resultForTest({ power: powerOf(100, 0) }))).toMatch(/8 calls, detects 3 %\n/);
  const checks = [
    { id: 'own-counter', verdict: 'pass', examined: 1_000 },
    { id: 'drained', verdict: 'pass', examined: 2 },
    { id: 'undisturbed', verdict: 'not-applicable', examined: 0 },
  ] as const;
  const passed = resultForTest({ power: powerOf(2, 1, 'drained'), checks });
  const run = runForTest([passed, resultForTest(), failed]);
  const text = said((report) => report.finished(run, []));
  expect(text).toContain(
    'with 95 % a defect in 0.3 % of the 1,008 things that own-counter looked at, ' +
      'and for drained, which looked at least, in 78 % of 2; the outcome of 3 calls is unknown',
  );
  const ended = (...results: Parameters<typeof runForTest>[0]) =>
    said((report) => report.finished(runForTest(results), []));
  expect(ended(resultForTest())).toContain(
    'a defect in 31 % of the 8 things that own-counter looked at; the',
  );
  expect(ended(failed)).not.toContain('with 95 %');
});

test('says of a violation what, against what, how it is known and how to see it again', () => {
  const text = saidOf(failed);
  for (const part of [
    'FAIL ',
    'own-counter ISO-02, default contract',
    'saw [redacted]',
    'evidence: h12, counter#7',
    'fault f1 down on counter: active 16 ms, healed 97 ms; touched 1 of 3 exposed calls',
    '| wiped',
    'npx mcp-gauntlet replay out/b',
    'npx mcp-gauntlet recheck out/b',
  ]) {
    expect(text).toContain(part);
  }
});

const control = {
  failed: [],
  unproven: [{ check: 'own-counter', why: 'Toxiproxy *died*' }],
};

test('says of a control arm that proves nothing that it does', () => {
  const text = saidOf({ ...failed, control });
  expect(text).toContain('      control arm: it proves nothing: Toxiproxy *died*\n');
  expect(text).not.toContain('does not happen');
});

test('lets no log line drive the terminal', () => {
  expect(saidOf(failed)).not.toContain('\u001b');
});

test('cuts a log line that would fill the terminal', () => {
  const text = saidOf({ ...failed, targetLog: [`begin${'x'.repeat(5_000)}`] });
  expect(text).toMatch(/\| beginx+ …/);
  expect(text.length).toBeLessThan(1_500);
});

test('begins with the headline and its time line, then says each sentence once that was broken', () => {
  const findings = Array.from({ length: 5 }, () =>
    findingForTest({ claim: 'sessions: per-client' }),
  );
  const text = said((report) =>
    report.scenarioDone({ ...failed, findings, diagnosis: diagnosisForTest() }, 3, 24),
  );
  const lines = text.split('\n').slice(2);
  expect(lines.slice(0, 10).map((line) => line.trim())).toEqual([
    "session bob/1's increments were applied to alice/1's counter: 3 of them",
    'also 2 × DUPLICATE: an increment was applied more than once',
    'alice/1 increment h5  ├──┤  told 1',
    'bob/1 increment h7      ├──┤  told 2',
    'own-counter ISO-02',
    'alice/1 saw 6 where its own counter stood at 3',
    'evidence: h12, counter#7',
    'broken: Sessions are never shared. (gateway; an issue)',
    '… and 4 more of own-counter in the bundle',
    expect.stringMatching(/^fault f1/),
  ]);
});

test('spells out three findings of a check and counts the rest', () => {
  const findings = Array.from({ length: 20 }, () => findingForTest());
  const text = saidOf({ ...failed, findings });
  expect(text.match(/evidence:/g)).toHaveLength(3);
  expect(text).toContain('and 17 more of own-counter');
});

test('says why it is inconclusive, and that a violation was expected', () => {
  expect(saidOf(resultForTest({ verdict: 'inconclusive', reason: 'the fixture died' }))).toContain(
    'the fixture died',
  );
  const expected = [{ check: 'own-counter', reason: 'by design' }];
  expect(saidOf({ ...failed, exitCode: 0, expected })).toMatch(/known[^]*by design/);
});

test.each([
  [0, 'everything judged was as expected'],
  [1, '1 of 2 violated'],
  [2, 'no evidence, no pass'],
  [3, 'baseline is stale'],
  [4, 'suite itself failed'],
  [69, 'never became ready'],
  [124, 'time budget is over'],
  [130, 'interrupted'],
])(
  'ends a run of exit code %d with its sentence, a table and where the report lies',
  (exitCode, sentence) => {
    const run: RunResult = runForTest([resultForTest(), failed], { exitCode });
    const text = said((report) => report.finished(run, ['out/report.json']));
    expect(text).toContain(sentence);
    expect(text).toContain(`exit code ${exitCode}`);
    expect(text).toMatch(/│ isolation +│ +1 │ +1 │/);
    expect(text).toContain('report: out/report.json');
  },
);

test('colours a terminal, and only a terminal that wants it', () => {
  const tell = (report: ConsoleReport): void => report.scenarioDone(resultForTest(), 1, 1);
  expect(said(tell, true)).not.toBe(stripVTControlCharacters(said(tell, true)));
  expect(coloursFor({ isTTY: true }, { NO_COLOR: '1' }).isColorSupported).toBe(false);
  expect(coloursFor({ isTTY: true }, { TERM: 'dumb' }).isColorSupported).toBe(false);
});
