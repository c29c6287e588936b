import { expect, test } from 'vitest';
import { aRound, anAlarm } from './flake-for-test.ts';
import { flakeFigures, percent, suiteText, type FlakeFigures } from './flake-figures.ts';
import type { FlakeAlarm } from './flake-round.ts';

const IDS = ['group/one', 'group/two'];

/** 300 judged runs of two scenarios, beside those which were not. */
function measured(alarms: readonly FlakeAlarm[], load: 'plain' | 'stress' = 'plain'): FlakeFigures {
  const fails = alarms.filter(({ verdict }) => verdict === 'fail').length;
  const rounds = [
    aRound({ passed: { 'group/one': 200 - fails, 'group/two': 300 }, alarms: [...alarms] }),
    aRound({ passed: { 'group/one': 100, 'group/not-asked': 5 } }),
  ];
  return flakeFigures(rounds, { ids: IDS, runs: 300, load });
}

const times = (count: number, parts: Partial<FlakeAlarm>): FlakeAlarm[] =>
  Array.from({ length: count }, (_, repeat) => anAlarm({ ...parts, repeat }));

const broken = ({ bars }: FlakeFigures): readonly string[] =>
  bars.filter(({ holds }) => !holds).map(({ bar }) => bar);

test('counts the judged runs of all rounds, and says what zero in 300 proves', () => {
  const figures = measured([]);
  expect(figures.scenarios.map(({ id, judged, fails }) => [id, judged, fails])).toEqual([
    ['group/one', 300, 0],
    ['group/two', 300, 0],
  ]);
  expect(figures.scenarios[0]?.failBound).toBeCloseTo(0.009_936, 6);
  expect(figures.all).toMatchObject({ judged: 600, fails: 0 });
  expect(broken(figures)).toEqual([]);
  expect(figures.exitCode).toBe(0);
});

test('one false alarm is one too many', () => {
  const figures = measured(times(1, { verdict: 'fail', checks: ['own-counter'] }));
  expect(broken(figures)).toEqual(['no false alarm in any scenario']);
  expect(figures.bars[0]?.measured).toBe('group/one: 1 in 300');
  expect(figures.scenarios[0]?.reasons).toEqual([{ reason: 'own-counter', count: 1 }]);
  expect(figures.scenarios[0]?.failBound).toBeGreaterThan(measured([]).all.failBound);
  expect(figures.exitCode).toBe(1);
});

test.each([
  [6, 'plain', 0],
  [7, 'plain', 2],
  [33, 'stress', 0],
  [34, 'stress', 2],
] as const)('%d beside 300 judged runs inconclusive, %s: exit code %d', (count, load, exitCode) => {
  expect(measured(times(count, {}), load).exitCode).toBe(exitCode);
});

test('counts like reasons together, whatever numbers they hold', () => {
  const [first] = measured([
    anAlarm({ why: 'late by 12.5 ms' }),
    anAlarm({ why: 'nothing was answered' }),
    anAlarm({ why: 'late by 131 ms' }),
  ]).scenarios;
  expect(first?.reasons).toEqual([
    { reason: 'late by … ms', count: 2 },
    { reason: 'nothing was answered', count: 1 },
  ]);
});

test('a failure of the suite itself is none of the inconclusive ones that are allowed', () => {
  expect(measured(times(1, { ownError: true })).exitCode).toBe(4);
  const rounds = [aRound({ passed: { 'group/one': 1 }, troubles: ['teardown failed'] })];
  const question = { ids: ['group/one'], runs: 1, load: 'plain' } as const;
  expect(flakeFigures(rounds, question).exitCode).toBe(4);
});

test('fewer runs than were asked for prove less', () => {
  const rounds = [aRound({ passed: { 'group/one': 300, 'group/two': 299 } })];
  const figures = flakeFigures(rounds, { ids: IDS, runs: 300, load: 'plain' });
  expect(broken(figures)).toEqual(['300 judged runs of each scenario']);
  expect(figures.exitCode).toBe(2);
  const none = flakeFigures([], { ids: IDS, runs: 300, load: 'plain' });
  expect(none.scenarios[0]).toMatchObject({ judged: 0, failBound: 1, inconclusiveBound: 1 });
  expect(none.exitCode).toBe(2);
});

test('an inconclusive run is no evidence that there are no false alarms', () => {
  const rounds = [aRound({ passed: { 'group/two': 300 }, alarms: times(300, {}) })];
  const figures = flakeFigures(rounds, { ids: IDS, runs: 300, load: 'plain' });
  expect(figures.scenarios[0]).toMatchObject({ judged: 0, inconclusives: 300, failBound: 1 });
  expect(broken(figures)).toContain('300 judged runs of each scenario');
  expect(figures.bars[2]?.measured).toBe('at most 100 % (group/one)');
});

test('a run in which the suite itself failed is none', () => {
  const alarms = times(2, { ownError: true, why: 'ENOSPC at 7' });
  const figures = measured(alarms);
  expect(figures.scenarios[0]).toMatchObject({ judged: 300, inconclusives: 0, ownErrors: 2 });
  expect(figures.scenarios[0]?.inconclusiveBound).toBe(figures.scenarios[1]?.inconclusiveBound);
  expect(figures.scenarios[0]?.reasons).toEqual([
    { reason: 'no run, the suite itself failed: ENOSPC at …', count: 2 },
  ]);
  expect(figures.bars[1]).toMatchObject({ measured: '2', holds: false });
});

test("the suite's own bound is that of its complete runs", () => {
  const passed = { 'group/one': 1, 'group/two': 1 };
  const rounds = Array.from({ length: 59 }, () => aRound({ passed }));
  const figures = flakeFigures(rounds, { ids: IDS, runs: 59, load: 'plain' });
  expect(figures.suite?.bound).toBeCloseTo(1 - 0.05 ** (1 / 59), 12);
  expect(suiteText(figures)).toBe(
    'a run of all 2 scenarios raises a false alarm in at most 4.95 % of cases: 0 in 59 complete runs',
  );
  const less = { ...figures, suite: undefined };
  expect(suiteText(less)).toBe(
    'how often a run of all 2 scenarios raises a false alarm is not known: none was complete',
  );
});

test('says shares with three digits', () => {
  expect([0, 0.009_936, 0.25, 1].map(percent)).toEqual(['0 %', '0.994 %', '25 %', '100 %']);
});
