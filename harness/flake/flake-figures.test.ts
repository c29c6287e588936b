import { expect, test } from 'vitest';
import { aRound, anAlarm } from './flake-for-test.ts';
import { flakeFigures, percent, type FlakeFigures } from './flake-figures.ts';
import type { FlakeAlarm } from './flake-round.ts';

const IDS = ['group/one', 'group/two'];

/** 300 runs of two scenarios, of which these were not green. */
function measured(alarms: readonly FlakeAlarm[], load: 'plain' | 'stress' = 'plain'): FlakeFigures {
  const of = (id: string): number => 300 - alarms.filter((alarm) => alarm.id === id).length;
  const passed = { 'group/one': of('group/one') - 100, 'group/two': of('group/two') };
  const rounds = [
    aRound({ passed, alarms: [...alarms] }),
    aRound({ passed: { 'group/one': 100, 'group/not-asked': 5 } }),
  ];
  return flakeFigures(rounds, { ids: IDS, runs: 300, load });
}

const times = (count: number, parts: Partial<FlakeAlarm>): FlakeAlarm[] =>
  Array.from({ length: count }, (_, repeat) => anAlarm({ ...parts, repeat }));

const broken = ({ bars }: FlakeFigures): readonly string[] =>
  bars.filter(({ holds }) => !holds).map(({ bar }) => bar);

test('counts the runs of all rounds, and says what zero in 300 proves', () => {
  const figures = measured([]);
  expect(figures.scenarios.map(({ id, runs, fails }) => [id, runs, fails])).toEqual([
    ['group/one', 300, 0],
    ['group/two', 300, 0],
  ]);
  expect(figures.scenarios[0]?.failBound).toBeCloseTo(0.009_936, 6);
  expect(figures.all).toMatchObject({ runs: 600, fails: 0 });
  expect(figures.suiteBound).toBeCloseTo(1 - (1 - figures.all.failBound) ** 2, 12);
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
  [5, 'plain', 0],
  [6, 'plain', 2],
  [29, 'stress', 0],
  [30, 'stress', 2],
] as const)('%d of 300 inconclusive, %s: exit code %d', (count, load, exitCode) => {
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
  expect(broken(figures)).toEqual(['300 runs of each scenario']);
  expect(figures.exitCode).toBe(2);
  const none = flakeFigures([], { ids: IDS, runs: 300, load: 'plain' });
  expect(none.scenarios[0]).toMatchObject({ runs: 0, failBound: 1 });
  expect(none.exitCode).toBe(2);
});

test('says shares with three digits', () => {
  expect([0, 0.009_936, 0.25, 1].map(percent)).toEqual(['0 %', '0.994 %', '25 %', '100 %']);
});
