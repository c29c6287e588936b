import { expect, test } from 'vitest';
import { findingForTest, resultForTest } from '../report/result-for-test.ts';
import { symptomOf } from './symptom.ts';
import { whyNotShown } from './why-not-shown.ts';

const finding = findingForTest();
const symptoms = [symptomOf(finding)];

test('says why no run showed it, where one of them knows', () => {
  const other = resultForTest({ findings: [findingForTest({ message: 'leaked' })] });
  expect(whyNotShown([other, resultForTest()], symptoms)).toBe('no run showed it again');
  const doubt = resultForTest({ verdict: 'inconclusive', reason: 'the target never became ready' });
  expect(whyNotShown([other, doubt], symptoms)).toBe(
    'no run showed it again (the target never became ready)',
  );
});

test('what came to light when all was over is told as such', () => {
  const late = resultForTest({ findings: [finding] });
  expect(whyNotShown([resultForTest(), late], symptoms)).toMatch(/^only the last look at the led/);
});
