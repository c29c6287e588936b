import { expect, test } from 'vitest';
import type { Scenario } from '../run/scenario.ts';
import { dueScenarios, reached } from './due-scenarios.ts';
import { aRound, anAlarm, SUBJECT } from './flake-for-test.ts';
import type { FlakeAlarm } from './flake-round.ts';

const GOAL = { scenarios: [{ id: 'group/one' } as Scenario], runs: 300 };

interface Found {
  readonly times: number;
  readonly reached: number;
}

function due(
  judged: number,
  others: number,
  alarm: Partial<FlakeAlarm> = {},
  load = 'plain',
): Found {
  const alarms = Array.from({ length: others }, () => anAlarm(alarm));
  const state = {
    subject: { ...SUBJECT, load: load as 'plain' | 'stress' },
    rounds: [aRound({ passed: { 'group/one': judged }, alarms })],
  };
  const [first] = dueScenarios(GOAL, state);
  return { times: first?.times ?? 0, reached: reached(GOAL, state) };
}

test.each([
  ['none was judged', due(0, 0), { times: 300, reached: 0 }],
  ['some were', due(299, 0), { times: 1, reached: 299 }],
  ['all were', due(300, 0), { times: 0, reached: 300 }],
  ['more than that were', due(400, 0), { times: 0, reached: 300 }],
  ['a false alarm is judged, too', due(299, 1, { verdict: 'fail' }), { times: 0, reached: 300 }],
  ['an inconclusive run is made up for', due(294, 6), { times: 6, reached: 294 }],
  ['the suite itself failed', due(298, 2, { ownError: true }), { times: 2, reached: 298 }],
  ['too many were inconclusive', due(293, 7), { times: 7, reached: 293 }],
  ['every run is inconclusive', due(0, 307), { times: 0, reached: 0 }],
  ['under stress more are', due(0, 307, {}, 'stress'), { times: 27, reached: 0 }],
])('what is due where %s', (_, found, expected) => {
  expect(found).toEqual(expected);
});
