import { expect, test } from 'vitest';
import { cited, citedRun } from './cited.ts';
import { findingForTest, resultForTest, runForTest } from './result-for-test.ts';

const requirements = { 'ISO-02': { level: 'gateway', text: 'Never shared.', source: 'an issue' } };
const failed = resultForTest({
  verdict: 'fail',
  findings: [findingForTest(), findingForTest({ requirement: 'toString' })],
});

test('gives a finding the words of its requirement, and one of an unknown id none', () => {
  const [known, unknown] = cited(failed, requirements).findings;
  expect(known?.sentence).toBe('Never shared. (gateway; an issue)');
  expect(unknown).not.toHaveProperty('sentence');
});

test('does so for scenarios and for what is judged once per run', () => {
  const run = citedRun(runForTest([failed], { perRun: [failed] }), requirements);
  const words = [...run.scenarios, ...run.perRun].map(({ findings }) => findings[0]?.sentence);
  expect(words).toEqual(Array(2).fill('Never shared. (gateway; an issue)'));
});
