import { expect, test } from 'vitest';
import { resultForTest } from '../report/result-for-test.ts';
import { isJudged } from './attempt.ts';

test('a run that came to no verdict says nothing, unless it is its faults that met nobody', () => {
  expect(isJudged(resultForTest({ verdict: 'pass' }))).toBe(true);
  expect(isJudged(resultForTest({ verdict: 'fail' }))).toBe(true);
  expect(isJudged(resultForTest({ verdict: 'not-applicable' }))).toBe(false);
  expect(isJudged(resultForTest({ verdict: 'inconclusive' }))).toBe(false);
  expect(isJudged(resultForTest({ verdict: 'inconclusive', unmet: true }))).toBe(true);
});
