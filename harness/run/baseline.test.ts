import { expect, test } from 'vitest';
import { findingForTest, resultForTest } from '../report/result-for-test.ts';
import { applyBaseline } from './baseline.ts';
import { isExpected, type BaselineEntry } from './baseline-rule.ts';
import type { ScenarioResult } from './result.ts';

const TODAY = '2026-11-21';
const TARGET = { name: 'contextforge-1.0.8', version: '1.0.8' };

const ENTRY: BaselineEntry = {
  scenario: 'isolation/*',
  check: 'own-counter',
  reason: 'shared on purpose',
  expect: 'fail',
};
const NEVER = { scenario: 'isolation/*', check: 'own-counter', hits: 0 };
const failed = resultForTest({ verdict: 'fail', exitCode: 1, findings: [findingForTest()] });

function applied(entry: Partial<BaselineEntry>, ...results: readonly ScenarioResult[]) {
  const entries = [{ ...ENTRY, ...entry }];
  return applyBaseline({ file: 'b.yaml', today: TODAY, entries }, results, TARGET);
}

/** So many failing repeats, then so many that pass. */
function repeats(failing: number, passing: number): readonly ScenarioResult[] {
  return Array.from({ length: failing + passing }, (_, repeat) =>
    repeat < failing ? { ...failed, repeat } : resultForTest({ repeat }),
  );
}

test('a violation that is expected costs nothing, stays a fail, and says why', () => {
  const { results, stale } = applied({}, failed);
  expect(results[0]).toMatchObject({
    verdict: 'fail',
    exitCode: 0,
    expected: [{ check: 'own-counter', reason: 'shared on purpose' }],
  });
  expect(stale).toEqual([]);
});

test('a violation beside the expected one still counts', () => {
  const both = { ...failed, findings: [findingForTest(), findingForTest({ check: 'other' })] };
  expect(applied({}, both).results[0]?.exitCode).toBe(1);
});

test('beside the expected one, a violation that could not be kept is not expected', () => {
  const doubted = { ...failed, reason: 'what other found rests on words that are hidden' };
  expect(applied({}, doubted).results[0]).toMatchObject({ verdict: 'fail', exitCode: 2 });
  const own = { ...doubted, exitCode: 4 };
  expect(applied({}, own).results[0]?.exitCode).toBe(4);
});

test('an expectation never turns our own error into a pass', () => {
  const own = { ...failed, exitCode: 4, ownError: true };
  expect(applied({}, own).results[0]?.exitCode).toBe(4);
});

test('an entry about one kind of finding is stale by that kind', () => {
  const told = { ...NEVER, of: 1, anomaly: 'LOST' };
  expect(applied({ anomaly: 'LOST' }, resultForTest()).stale).toEqual([told]);
});

test('an expected finding that did not come is stale', () => {
  expect(applied({}, resultForTest()).stale).toEqual([{ ...NEVER, of: 1 }]);
});

test('what came in some repeats only is not what comes always', () => {
  const silent = resultForTest({ verdict: 'inconclusive', repeat: 10 });
  expect(applied({}, ...repeats(10, 0)).stale).toEqual([]);
  const partly = [{ ...NEVER, scenario: 'isolation/same-user', hits: 1, of: 10 }];
  expect(applied({}, ...repeats(1, 9)).stale).toEqual(partly);
  expect(applied({}, ...repeats(1, 9), silent).stale).toEqual(partly);
  expect(applied({}, ...repeats(1, 0), silent).stale).toEqual([]);
});

test('a glob is kept by one scenario, each of whose repeats violates', () => {
  const other = { id: 'isolation/two-users' };
  const never = [0, 1].map((repeat) => resultForTest({ ...other, repeat }));
  expect(applied({}, ...repeats(2, 0), ...never).stale).toEqual([]);
  const now = { ...failed, ...other, repeat: 2 };
  expect(applied({}, ...repeats(2, 0), ...never, now).stale).toEqual([
    { ...NEVER, scenario: 'isolation/two-users', hits: 1, of: 3 },
  ]);
});

test('what does not apply, or was not judged by the check, says nothing of an entry', () => {
  const apart = resultForTest({ id: 'isolation/b', verdict: 'not-applicable', checks: [] });
  const other = { id: 'other', verdict: 'pass', examined: 1 } as const;
  const unasked = resultForTest({ id: 'isolation/c', checks: [other] });
  expect(applied({}, resultForTest(), apart, unasked).stale).toEqual([{ ...NEVER, of: 1 }]);
  expect(applied({}, unasked).stale).toEqual([]);
  const own = { id: 'own-counter', examined: 0 } as const;
  const outside = resultForTest({ checks: [other, { ...own, verdict: 'not-applicable' }] });
  expect(applied({}, outside).stale).toEqual([]);
  const noisy = resultForTest({
    verdict: 'fail',
    exitCode: 1,
    findings: [findingForTest({ check: 'other' })],
    checks: [
      { ...other, verdict: 'fail' },
      { ...own, verdict: 'inconclusive' },
    ],
  });
  expect(applied({}, noisy).stale).toEqual([]);
  expect(applied({}, resultForTest(), { ...noisy, repeat: 1 }).stale).toEqual([]);
});

test.each(['inconclusive', 'not-applicable'] as const)('%s makes nothing stale', (verdict) => {
  expect(applied({}, resultForTest({ verdict })).stale).toEqual([]);
});

test('one repeat that says nothing leaves open whether the entry is stale', () => {
  const silent = resultForTest({ verdict: 'inconclusive', repeat: 1 });
  expect(applied({}, resultForTest(), silent).stale).toEqual([]);
});

test('one scenario that says nothing leaves open whether a glob is stale', () => {
  const silent = resultForTest({ id: 'isolation/two-users', verdict: 'inconclusive' });
  expect(applied({}, resultForTest(), silent).stale).toEqual([]);
});

test('a scenario that was not run makes nothing stale', () => {
  expect(applied({}, resultForTest({ id: 'reuse/one' })).stale).toEqual([]);
});

test('another anomaly than the expected one is a regression', () => {
  const lost = { ...failed, findings: [findingForTest({ anomaly: 'LOST' })] };
  const doubled = { ...failed, findings: [findingForTest({ anomaly: 'DUPLICATE' })] };
  const same = applied({ anomaly: 'LOST' }, lost);
  expect(same.results[0]).toMatchObject({ exitCode: 0, expected: [{ anomaly: 'LOST' }] });
  expect(same.stale).toEqual([]);
  const other = applied({ anomaly: 'LOST' }, doubled);
  expect(other.results[0]?.exitCode).toBe(1);
  expect(other.results[0]).not.toHaveProperty('expected');
  expect(other.stale).toHaveLength(1);
  const both = { ...failed, findings: [...lost.findings, ...doubled.findings] };
  expect(applied({ anomaly: 'LOST' }, both).results[0]?.exitCode).toBe(1);
});

test('that the target died is expected only where it is named', () => {
  const died = findingForTest({ anomaly: 'TARGET_DIED' });
  const dead = { ...failed, findings: [findingForTest(), died] };
  expect(applied({}, dead).results[0]?.exitCode).toBe(1);
  expect(applied({}, failed).results[0]?.exitCode).toBe(0);
  const onlyDead = { ...failed, findings: [died] };
  expect(applied({ anomaly: 'TARGET_DIED' }, onlyDead).results[0]?.exitCode).toBe(0);
});

test.each([
  [{ name: 'contextforge-*' }, 0],
  [{ name: 'contextforge-1.0.8', version: '1.0.*' }, 0],
  [{ name: 'contextforge-*', version: '1.1.*' }, 1],
  [{ name: 'reference' }, 1],
])('an entry for the target %j makes the exit code %d', (target, exitCode) => {
  expect(applied({ target }, failed).results[0]?.exitCode).toBe(exitCode);
});

test('an entry for another target is neither stale nor expired', () => {
  const { stale, expired } = applied(
    { target: { name: 'reference' }, expires: '2020-01-01' },
    resultForTest(),
  );
  expect([stale, expired]).toEqual([[], []]);
});

test.each([
  ['2026-11-20', true],
  ['2026-11-21', false],
  ['2026-11-22', false],
])('an entry that holds until %s is expired today: %s', (expires, isExpired) => {
  const { expired, results } = applied({ expires }, failed);
  expect(expired).toEqual(
    isExpired ? [{ scenario: 'isolation/*', check: 'own-counter', expires }] : [],
  );
  // Its time is over, but nothing new was broken.
  expect(results[0]?.exitCode).toBe(0);
});

const FLAKY = { expect: 'flaky', maxRate: 0.2, expires: '2027-01-01' } as const;

test.each([
  [0, 10, true],
  [2, 8, true],
  [3, 7, false],
  [10, 0, false],
  // One alone proves no rate.
  [1, 0, true],
  [2, 1, false],
])('%d of the repeats violate, %d do not: within a rate of 0.2: %s', (hits, rest, isWithin) => {
  const { results, exceeded, stale } = applied(FLAKY, ...repeats(hits, rest));
  const rate = { scenario: 'isolation/same-user', check: 'own-counter', maxRate: 0.2 };
  expect(exceeded).toEqual(isWithin ? [] : [{ ...rate, hits, of: hits + rest }]);
  const codes = results.map(({ exitCode }) => exitCode);
  expect(codes).toEqual(results.map((_, i) => (i < hits && !isWithin ? 1 : 0)));
  expect(stale).toEqual([]);
});

test('the rate is that of one scenario, over the repeats that were judged', () => {
  const others = Array.from({ length: 30 }, (_, repeat) =>
    resultForTest({ id: 'isolation/two-users', repeat }),
  );
  const silent = Array.from({ length: 30 }, (_, i) =>
    resultForTest({ verdict: 'inconclusive', exitCode: 2, repeat: i + 10 }),
  );
  const { exceeded } = applied(FLAKY, ...repeats(3, 7), ...others, ...silent);
  expect(exceeded).toMatchObject([{ scenario: 'isolation/same-user', hits: 3, of: 10 }]);
});

/** The n-th drawn schedule, in which it came or not. */
function drawn(number: number, isFailing: boolean): ScenarioResult {
  const result = isFailing ? failed : resultForTest();
  return { ...result, id: `storm/${number}`, met: [] };
}

test.each([
  [20, 0.01, [{ hits: 20, of: 20 }]],
  [2, 0.01, [{ hits: 2, of: 20 }]],
  [2, 0.1, []],
  [1, 0.01, []],
])('%d of 20 schedules fail, each drawn once, and %d may: %j', (failing, maxRate, rates) => {
  const schedules = Array.from({ length: 20 }, (_, n) => drawn(n, n < failing));
  const entry = { ...FLAKY, scenario: 'storm/*', maxRate };
  const { exceeded, results } = applied(entry, ...schedules);
  const rate = { scenario: 'storm/*', check: 'own-counter', maxRate };
  expect(exceeded).toEqual(rates.map((counts) => ({ ...rate, ...counts })));
  const violations = results.filter(({ exitCode }) => exitCode === 1);
  expect(violations).toHaveLength(rates.length > 0 ? failing : 0);
  expect(applied({ scenario: 'storm/*' }, ...schedules).stale).toEqual([]);
});

test('schedules in which its check had nothing to look at dilute no rate', () => {
  const own = { id: 'own-counter', verdict: 'not-applicable', examined: 0 } as const;
  const idle = Array.from({ length: 18 }, (_, n) => ({ ...drawn(n + 2, false), checks: [own] }));
  const entry = { ...FLAKY, scenario: 'storm/*' };
  const { exceeded } = applied(entry, drawn(0, true), drawn(1, true), ...idle);
  expect(exceeded).toMatchObject([{ hits: 2, of: 2 }]);
});

test('what came too often is a violation, whatever else explains the same', () => {
  const flaky = { ...ENTRY, ...FLAKY, check: 'applied-once', anomaly: 'LOST' };
  const wide = { ...ENTRY, check: 'applied-once', reason: 'anything' };
  const lost = findingForTest({ check: 'applied-once', anomaly: 'LOST' });
  const doubled = findingForTest({ check: 'applied-once', anomaly: 'DUPLICATE' });
  const checks = [{ id: 'applied-once', verdict: 'fail', examined: 8 }] as const;
  const results = [[lost], [lost, doubled], [doubled]].map((findings, repeat) => ({
    ...failed,
    checks,
    findings,
    repeat,
  }));
  for (const entries of [
    [flaky, wide],
    [wide, flaky],
  ]) {
    const baseline = { file: 'b.yaml', today: TODAY, entries };
    const judged = applyBaseline(baseline, results, TARGET);
    expect(judged.exceeded).toMatchObject([{ hits: 2, of: 3 }]);
    expect(judged.results.map(({ exitCode }) => exitCode)).toEqual([1, 1, 0]);
    expect(judged.results[0]).not.toHaveProperty('expected');
    const anything = [{ check: 'applied-once', reason: 'anything' }];
    expect(judged.results[1]?.expected).toEqual(anything);
    expect(judged.results[2]?.expected).toEqual(anything);
  }
});

test.each([{}, FLAKY])(
  'an entry for other scenarios neither explains nor counts these: %j',
  (how) => {
    const { results, exceeded } = applied({ ...how, scenario: 'reuse/*' }, ...repeats(3, 7));
    expect(results.filter(({ exitCode }) => exitCode === 1)).toHaveLength(3);
    expect(exceeded).toEqual([]);
  },
);

test('a scenario in which it came too often says nothing of another', () => {
  const often = repeats(3, 7);
  const once = repeats(1, 9).map((one) => ({ ...one, id: 'isolation/two-users' }));
  const codes = applied(FLAKY, ...often, ...once).results.map(({ exitCode }) => exitCode);
  expect(codes.slice(0, 3)).toEqual([1, 1, 1]);
  expect(codes.slice(3)).toEqual(Array(17).fill(0));
});

test('of two entries for one scenario, the one that came too often explains nothing, the other does', () => {
  const entries = [
    { ...ENTRY, ...FLAKY },
    { ...ENTRY, ...FLAKY, check: 'applied-once' },
  ];
  const other = [findingForTest({ check: 'applied-once' })];
  const results = [...repeats(3, 7), { ...failed, findings: other, repeat: 10 }];
  const judged = applyBaseline({ file: 'b.yaml', today: TODAY, entries }, results, TARGET);
  expect(judged.exceeded).toMatchObject([{ check: 'own-counter', hits: 3, of: 11 }]);
  expect(judged.results.map(({ exitCode }) => exitCode)).toEqual([
    1,
    1,
    1,
    ...Array<number>(8).fill(0),
  ]);
});

test('several entries together explain what one of them does not', () => {
  const entries = [ENTRY, { ...ENTRY, check: 'applied-once' }];
  const both = {
    ...failed,
    findings: [findingForTest(), findingForTest({ check: 'applied-once', anomaly: 'LOST' })],
  };
  const { results } = applyBaseline({ file: 'b.yaml', today: TODAY, entries }, [both], TARGET);
  expect(results[0]?.exitCode).toBe(0);
  expect(results[0]?.expected).toStrictEqual([
    { check: 'own-counter', reason: 'shared on purpose' },
    { check: 'applied-once', reason: 'shared on purpose' },
  ]);
});

test('nothing is expected where no entry was found', () => {
  expect(isExpected(findingForTest(), undefined)).toBe(false);
});

test.each([
  { expect: 'fail', maxRate: undefined },
  { expect: 'fail', maxRate: 0.1 },
  { expect: 'flaky', maxRate: undefined },
] as const)('only what is flaky has a rate to exceed: %o', (entry) => {
  const { exceeded, results } = applied(entry, ...repeats(5, 5));
  expect(exceeded).toEqual([]);
  expect(results.map(({ exitCode }) => exitCode)).toEqual(Array(10).fill(0));
});
