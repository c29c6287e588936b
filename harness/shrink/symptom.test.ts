import { expect, test } from 'vitest';
import type { Finding } from '../checks/check.ts';
import { hasSymptom, symptomOf } from './symptom.ts';

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
