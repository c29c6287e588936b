import { expect, test } from 'vitest';
import { changesBetween } from './changes.ts';
import type { Finding } from '../checks/check.ts';
import { findingForTest, resultForTest } from '../report/result-for-test.ts';

const judged = (...findings: readonly Finding[]) =>
  resultForTest({ verdict: findings.length > 0 ? 'fail' : 'pass', findings });

const lost = findingForTest({ anomaly: 'LOST' });

test('the same findings are no change, in whatever order and words', () => {
  const other = findingForTest({ evidence: ['h99'] });
  const recorded = judged(lost, other);
  const reworded = findingForTest({ message: 'said better', evidence: ['counter#7', 'h12'] });
  expect(changesBetween(recorded, judged(other, reworded))).toEqual({
    recorded: { verdict: 'fail', fired: ['own-counter'] },
    now: { verdict: 'fail', fired: ['own-counter'] },
    gone: [],
    added: [],
    isChanged: false,
  });
});

test.each([
  ['a finding less', [lost, lost], [lost], [lost], []],
  ['a finding more', [], [lost], [], [lost]],
  [
    'another anomaly',
    [lost],
    [findingForTest({ anomaly: 'ORDER' })],
    [lost],
    [findingForTest({ anomaly: 'ORDER' })],
  ],
  [
    'another check',
    [lost],
    [findingForTest({ check: 'applied-once' })],
    [lost],
    [findingForTest({ check: 'applied-once' })],
  ],
  [
    'other evidence',
    [lost],
    [findingForTest({ evidence: ['h1'] })],
    [lost],
    [findingForTest({ evidence: ['h1'] })],
  ],
])('%s is a change, and both sides of it are told', (_, recorded, now, gone, added) => {
  expect(changesBetween(judged(...recorded), judged(...now))).toMatchObject({
    gone,
    added,
    isChanged: true,
  });
});

test('another verdict is a change though nothing was found', () => {
  const open = resultForTest({ verdict: 'inconclusive' });
  expect(changesBetween(open, resultForTest())).toMatchObject({
    recorded: { verdict: 'inconclusive' },
    now: { verdict: 'pass' },
    isChanged: true,
  });
});
