import { expect, test } from 'vitest';
import type { Finding } from '../checks/check.ts';
import { describeDeath } from '../target/describe-death.ts';
import { hasSymptom, isAkin, symptomOf } from './symptom.ts';

function finding(message: string, more: Partial<Finding> = {}): Finding {
  return { check: 'applied-once', requirement: 'RTY-01', message, evidence: [], ...more };
}

test('who, which call and how often are not what a finding is about', () => {
  const symptom = symptomOf(
    finding('alice/1 tools/call increment (3:alice/1.2) was applied 2 times'),
  );
  const other = finding('bob/7 tools/call slow_increment (9:bob/7.11) was applied 3 times');
  expect(hasSymptom([finding('something else'), other], symptom)).toBe(true);
});

test('one name and several are the same', () => {
  const one = symptomOf(finding('2 calls of bob/2 were served by the session of alice/1 on first'));
  const three =
    '9 calls of bob/2, alice/3 and bob/4 were served by the session of alice/1 on second';
  expect(hasSymptom([finding(three)], one)).toBe(true);
});

const FAILED = 'alice/1 tools/call increment failed though no fault could have touched it:';
const NOT_FOUND = `${FAILED} rpc-error HTTP 404 -32001 "session not found"`;

test.each([
  'rpc-error HTTP 500 -32001 "session not found"',
  'rpc-error HTTP 404 -32603 "session not found"',
  'rpc-error HTTP 404 "session not found"',
  'rpc-error HTTP 404 -32001 "TypeError: Cannot read properties of undefined"',
  'rpc-error HTTP 404 -32001 ""',
  'rpc-error HTTP 404 -32001',
  'tool-error HTTP 404 -32001 "session not found"',
  'transport-error ECONNRESET "session not found"',
])('another answer is another symptom: %s', (answer) => {
  const symptom = symptomOf(finding(NOT_FOUND));
  const other = finding(`${FAILED} ${answer}`);
  expect(hasSymptom([other], symptom)).toBe(false);
  expect(hasSymptom([finding(NOT_FOUND)], symptomOf(other))).toBe(false);
  expect(hasSymptom([other], symptomOf(other))).toBe(true);
});

test.each([
  ['session 3f9a of alice not found', 'session 77b0 of bob not found'],
  ['{"error":"lost 9:alice/1.2","at":12}', '{"error":"lost 10:bob/4.7","at":9}'],
  ['upstream first did not answer within 20 ms', 'upstream second did not answer within 1999 ms'],
  [
    `upstream ${'0'.repeat(150)} was closed in the middle of its answ`,
    'upstream 1 was closed in the middle of its answer, and nobody knows why',
  ],
])('names and numbers in an answer are not what it says: %s', (one, other) => {
  const told = (text: string): Finding => finding(`${FAILED} http-error HTTP 503 "${text}"`);
  expect(hasSymptom([told(other)], symptomOf(told(one)))).toBe(true);
});

test('a target that died otherwise is another symptom', () => {
  const died = (code: number | null, signal: NodeJS.Signals | null, afterMs: number): Finding =>
    finding(describeDeath({ code, signal, afterMs }));
  const symptom = symptomOf(died(1, null, 1_200));
  expect(hasSymptom([died(1, null, 90)], symptom)).toBe(true);
  expect(hasSymptom([died(134, null, 1_200)], symptom)).toBe(false);
  expect(hasSymptom([died(null, 'SIGSEGV', 1_200)], symptom)).toBe(false);
});

test('only what was answered differs: they are akin', () => {
  const one = symptomOf(finding(NOT_FOUND));
  expect(isAkin(one, symptomOf(finding(NOT_FOUND.replace('not found', 'gone'))))).toBe(true);
  expect(isAkin(one, symptomOf(finding('a/1 was applied 2 times')))).toBe(false);
});

test('another check, anomaly or sentence is another symptom', () => {
  const symptom = symptomOf(finding('a/1 was applied 2 times', { anomaly: 'DUPLICATE' }));
  for (const other of [
    finding('a/1 was applied 2 times', { anomaly: 'DUPLICATE', check: 'own-counter' }),
    finding('a/1 was applied 2 times', { anomaly: 'LOST' }),
    finding('a/1 was applied 2 times'),
    finding('a/1 was refused and yet applied', { anomaly: 'DUPLICATE' }),
  ]) {
    expect(hasSymptom([other], symptom)).toBe(false);
  }
  expect(hasSymptom([], symptom)).toBe(false);
});
