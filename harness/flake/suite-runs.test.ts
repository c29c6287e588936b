import { expect, test } from 'vitest';
import { flakeFigures } from './flake-figures.ts';
import { aRound, anAlarm } from './flake-for-test.ts';
import type { FlakeAlarm } from './flake-round.ts';
import { suiteRunsIn } from './suite-runs.ts';

const IDS = ['group/one', 'group/two'];
const BOTH = { 'group/one': 1, 'group/two': 1 };
const fail = (id: string, repeat = 0): FlakeAlarm =>
  anAlarm({ id, repeat, verdict: 'fail', checks: ['c'] });

test('counts rounds in which every scenario was judged, and those with a false alarm', () => {
  const rounds = [
    aRound({ passed: BOTH }),
    aRound({ passed: { 'group/two': 1 }, alarms: [fail('group/one')] }),
    aRound({ alarms: [fail('group/one'), fail('group/two')] }),
    aRound({ passed: { ...BOTH, 'group/not-asked': 1 } }),
  ];
  expect(suiteRunsIn(rounds, IDS)).toEqual({ runs: 4, fails: 2 });
});

test('each repeat of a round is a run of the suite', () => {
  const rounds = [
    aRound({
      passed: { 'group/one': 7, 'group/two': 8 },
      alarms: [
        fail('group/one', 3),
        fail('group/one', 4),
        fail('group/two', 4),
        anAlarm({ id: 'group/one', repeat: 5 }),
        anAlarm({ id: 'group/two', repeat: 6, ownError: true }),
      ],
    }),
  ];
  expect(suiteRunsIn(rounds, IDS)).toEqual({ runs: 8, fails: 2 });
});

test.each([
  ['one was never run', aRound({ passed: { 'group/one': 300 } })],
  [
    'one was inconclusive',
    aRound({ passed: { 'group/one': 1 }, alarms: [anAlarm({ id: 'group/two' })] }),
  ],
  ['the round was cut short', aRound({ passed: { 'group/one': 3, 'group/two': 2 } })],
  ['nothing was run', aRound({ troubles: ['teardown failed'] })],
  ['one failed, the other was never run', aRound({ alarms: [fail('group/one')] })],
])('says nothing where %s', (_, round) => {
  expect(suiteRunsIn([round], IDS)).toBeUndefined();
});

test('hides no false alarm of a round that is not complete', () => {
  const rounds = [
    aRound({ passed: BOTH }),
    aRound({ alarms: [fail('group/one'), anAlarm({ id: 'group/two' })] }),
    aRound({ passed: { 'group/two': 4 }, alarms: [fail('group/two', 1)] }),
  ];
  expect(suiteRunsIn(rounds, IDS)).toEqual({ runs: 3, fails: 2 });
});

test('the bound is never below that of a scenario which was run with the others only', () => {
  const ids = ['a', 'b', 'c'];
  const unequal = [
    ...Array.from({ length: 10 }, () => aRound({ passed: { a: 1, b: 1, c: 1 } })),
    aRound({ passed: { a: 9_990 } }),
  ];
  const { suite, scenarios } = flakeFigures(unequal, { ids, runs: 300, load: 'plain' });
  expect(suite?.bound).toBe(scenarios[1]?.failBound);
  const guilty = Array.from({ length: 150 }, () =>
    aRound({ passed: { a: 1, b: 1 }, alarms: [fail('c')] }),
  );
  expect(flakeFigures(guilty, { ids, runs: 150, load: 'plain' }).suite?.bound).toBe(1);
});
