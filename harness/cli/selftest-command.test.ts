import { expect, test } from 'vitest';
import { coloursFor } from '../report/colours.ts';
import { resultForTest, runForTest } from '../report/result-for-test.ts';
import type { DefectVerdict, SelftestResult } from '../run/selftest.ts';
import { matrix } from './selftest-command.ts';

const terminal = { colours: coloursFor({ isTTY: false }, {}) };

function verdict(name: string, isConvicted: boolean, fired: readonly string[]): DefectVerdict {
  const defect = { name, title: name, check: 'own-counter', scenarios: ['isolation/same-user'] };
  return { defect, isConvicted, fired, results: [], durationMs: 1 };
}

const result: SelftestResult = {
  defects: [
    verdict('shared', true, ['applied-once', 'own-counter']),
    verdict('missed', false, ['one-outcome']),
  ],
  unjudged: [],
  reference: runForTest([resultForTest()]),
  harness: [{ name: 'dropped-events', title: 'x', isCaught: false, said: 'pass' }],
  unproven: ['drained'],
  exitCode: 4,
};

test('shows of each defect its check, whether it was convicted, and what else fired', () => {
  const text = matrix(result, terminal);
  expect(text).toMatch(/│ shared +│ own-counter +│ yes +│ applied-once +│/);
  expect(text).toMatch(/│ missed +│ own-counter +│ NO +│ one-outcome +│/);
  expect(text).toContain('1 of 2 defects convicted, exit code 4');
});

test('shows the reference, the broken instruments, and checks that nobody proves', () => {
  const text = matrix(result, terminal);
  expect(text).toContain('reference: 1 pass, 0 fail');
  expect(text).toMatch(/│ dropped-events +│ NO +│ pass +│/);
  expect(text).toContain('checks that no defect proves: drained');
});

test('of an interruption it says what has no verdict, and blames nothing', () => {
  const { reference: _reference, ...rest } = result;
  const text = matrix(
    { ...rest, unjudged: ['late', 'later'], harness: [], exitCode: 130 },
    terminal,
  );
  expect(text).toContain('interrupted: 2 defects have no verdict (late, later), nor');
  expect(text).not.toMatch(/reference|broken instrument +│|prove/);
});
