import { expect, test } from 'vitest';
import { markdownReport } from './markdown.ts';
import { redactorOf } from './redact.ts';
import {
  diagnosisForTest,
  findingForTest,
  receiptForTest,
  resultForTest,
  runForTest,
} from './result-for-test.ts';

const failed = resultForTest({
  id: 'breakage/one-call',
  verdict: 'fail',
  exitCode: 1,
  bundle: 'out/b',
  receipts: [receiptForTest()],
  findings: Array.from({ length: 7 }, () =>
    findingForTest({ message: 'saw <b>|top_secret|</b>\nand more' }),
  ),
});

test('counts by group, and spells out what went wrong on one line each', () => {
  const run = runForTest([resultForTest(), failed]);
  const text = markdownReport(run, redactorOf(['top_secret']));
  expect(text).toContain('| isolation | 1 | 0 | 0 | 0 |');
  expect(text).toContain('| **all** | 1 | 1 | 0 | 0 |');
  expect(text).toContain('saw \\<b\\>\\|\\[redacted\\]\\|\\</b\\> and more');
  expect(text).toContain('… and 4 more of own-counter');
  expect(text).toContain('npx mcp-gauntlet recheck out/b');
  expect(text).toContain('- fault f1 down on counter: active 16 ms, healed 97 ms; touched 1 of 3');
  expect(text).toContain('| isolation/same-user | 8 | 2 | 0 | 0 | 31 % (own-counter) |');
  expect(text).toMatch(
    /<summary>the green verdicts .* 31 % of the 8 things that own-counter looked at/,
  );
  expect(text).toContain('| own-counter | 8 | 31 % |');
  expect(text).not.toContain('| breakage/one-call |');
  expect(text).not.toMatch(/top.*secret/);
});

test('says of a control arm that proves nothing that it does, and why', () => {
  const unproven = [{ check: 'own-counter', why: 'Toxiproxy *died*' }];
  const run = runForTest([{ ...failed, control: { failed: [], unproven } }]);
  const text = markdownReport(run, redactorOf([]));
  expect(text).toContain('\n- control arm: it proves nothing: Toxiproxy \\*died\\*\n');
  expect(text).not.toContain('does not happen');
});

test('names stale entries of the baseline', () => {
  const run = runForTest([resultForTest()], {
    staleBaseline: [{ scenario: 'isolation/*', check: 'own-counter', hits: 0, of: 1 }],
  });
  expect(markdownReport(run, redactorOf([]))).toContain(
    '- stale baseline: isolation/\\* no longer',
  );
});

test('begins with the headline and its time line, and says which sentence was broken', () => {
  const findings = [findingForTest({ sentence: 'Never *shared*. (gateway; an issue)' })];
  const diagnosis = diagnosisForTest({ timeLine: ['a ├─┤ ```', 'b'] });
  const text = markdownReport(
    runForTest([resultForTest({ verdict: 'fail', exitCode: 1, findings, diagnosis })]),
    redactorOf([]),
  );
  expect(text).toContain(`**${diagnosis.headline}**`);
  expect(text).toContain('Also 2 × DUPLICATE: an increment was applied more than once.');
  expect(text).toContain("```text\na ├─┤ '''\nb\n```");
  expect(text).toContain('  - broken: Never \\*shared\\*. (gateway; an issue)');
});
