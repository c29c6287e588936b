import { expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { findingForTest, resultForTest } from '../report/result-for-test.ts';
import { applyBaseline, parseBaseline, readBaseline, requireKnown } from './baseline.ts';

const baseline = parseBaseline(
  '- { scenario: isolation/*, check: own-counter, reason: shared on purpose }',
  'b.yaml',
);
const failed = resultForTest({ verdict: 'fail', exitCode: 1, findings: [findingForTest()] });

test('a violation that is expected costs nothing, stays a fail, and says why', () => {
  const { results, stale } = applyBaseline(baseline, [failed]);
  expect(results[0]).toMatchObject({
    verdict: 'fail',
    exitCode: 0,
    expected: [{ check: 'own-counter', reason: 'shared on purpose' }],
  });
  expect(stale).toEqual([]);
});

test('a violation beside the expected one still counts', () => {
  const both = { ...failed, findings: [findingForTest(), findingForTest({ check: 'other' })] };
  expect(applyBaseline(baseline, [both]).results[0]?.exitCode).toBe(1);
});

test('an expectation never turns our own error into a pass', () => {
  const own = { ...failed, exitCode: 4, ownError: true };
  expect(applyBaseline(baseline, [own]).results[0]?.exitCode).toBe(4);
});

test('an expected finding that did not come is stale', () => {
  expect(applyBaseline(baseline, [resultForTest()]).stale).toEqual(baseline.entries);
});

test('one repeat that violates keeps the entry', () => {
  const results = [resultForTest(), { ...failed, repeat: 1 }];
  expect(applyBaseline(baseline, results).stale).toEqual([]);
});

test.each(['inconclusive', 'not-applicable'] as const)('%s makes nothing stale', (verdict) => {
  expect(applyBaseline(baseline, [resultForTest({ verdict })]).stale).toEqual([]);
});

test('one repeat that says nothing leaves open whether the entry is stale', () => {
  const results = [resultForTest(), resultForTest({ verdict: 'inconclusive', repeat: 1 })];
  expect(applyBaseline(baseline, results).stale).toEqual([]);
});

test('a scenario that was not run makes nothing stale', () => {
  expect(applyBaseline(baseline, [resultForTest({ id: 'reuse/one' })]).stale).toEqual([]);
});

test('an entry that matches nothing is a usage error', () => {
  expect(() => requireKnown(baseline, ['reuse/one'], ['own-counter'])).toThrow(
    /b\.yaml: "isolation\/\*" matches no scenario/,
  );
  expect(() => requireKnown(baseline, ['isolation/x'], ['other'])).toThrow(
    /no check "own-counter"/,
  );
  expect(() => requireKnown(baseline, ['isolation/x'], ['own-counter'])).not.toThrow();
});

test.each([
  ['- scenario: a\n  check: b\n', /^b\.yaml:1: 0\.reason: /],
  ['- scenario: a\n  check: 7\n  reason: c\n', /^b\.yaml:2: 0\.check: /],
  [
    '- scenario: a\n  check: b\n  reason: c\n- scenario: a\n  chekc: b\n  reason: c\n',
    /^b\.yaml:4: 1/,
  ],
  ['scenario: a\n', /^b\.yaml:1: the document: /],
  ['- scenario: [a\n', /^b\.yaml:\d: /],
])('names line and field of %j', (text, message) => {
  expect(() => parseBaseline(text, 'b.yaml')).toThrow(message);
  expect(() => parseBaseline(text, 'b.yaml')).toThrow(UsageError);
});

test('an empty file expects nothing', () => {
  expect(parseBaseline('', 'b.yaml').entries).toEqual([]);
});

test('a file that is not there is a usage error', async () => {
  await expect(readBaseline('/nowhere/b.yaml')).rejects.toThrow(/cannot be read: ENOENT/);
});
