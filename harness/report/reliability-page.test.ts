import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { flakeFigures } from '../flake/flake-figures.ts';
import { aRound, anAlarm, SUBJECT } from '../flake/flake-for-test.ts';
import { reliabilityPage, type Arm } from './reliability-page.ts';

function arm(load: 'plain' | 'stress'): Arm {
  const rounds = [
    aRound({ passed: { 'group/one': 299, 'group/two': 300 } }),
    aRound({
      startedAt: '2026-11-22T10:00:00.000Z',
      alarms: [anAlarm({ why: 'a `wait` for | in vain_' })],
    }),
  ];
  return {
    subject: { ...SUBJECT, load },
    rounds,
    figures: flakeFigures(rounds, { ids: ['group/one', 'group/two'], runs: 300, load }),
    command: 'npx mcp-gauntlet flake',
  };
}

test('says what was measured, when, where and with what command, and whether each bar holds', () => {
  const page = reliabilityPage([arm('plain'), arm('stress')]);
  for (const part of [
    '$ npx mcp-gauntlet flake',
    '2026-11-21, 2026-11-22; 2 rounds',
    'a machine',
    '| no false alarm in any scenario          | none                        | holds         |',
    '| `group/two` |    300 |            0 |      0.994 % |',
    'How often a run of all 2 scenarios raises a false alarm is not known: none was complete.',
    "- 1 × `group/one`: `a 'wait' for | in vain_`",
    '## With every core kept busy',
  ]) {
    expect(page).toContain(part);
  }
});

test('a bar that does not hold says so', () => {
  const rounds = [aRound({ alarms: [anAlarm({ verdict: 'fail', checks: ['own-counter'] })] })];
  const figures = flakeFigures(rounds, { ids: ['group/one'], runs: 1, load: 'plain' });
  const page = reliabilityPage([{ ...arm('plain'), rounds, figures }]);
  expect(page).toMatch(
    /no false alarm in any scenario +\| group\/one: 1 in 1 +\| does not hold \|/,
  );
});

test('is formatted as it is written', async () => {
  const page = reliabilityPage([arm('plain'), arm('stress')]);
  const config = await resolveConfig('docs/reliability.md');
  expect(await format(page, { ...config, parser: 'markdown' })).toBe(page);
});
