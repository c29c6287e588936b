/** What a flake measure came to, for the terminal. */

import { percent, suiteText, type Figures, type FlakeFigures } from '../flake/flake-figures.ts';
import type { FlakeRound } from '../flake/flake-round.ts';
import { isOwnError } from '../flake/tally.ts';
import type { Colours } from './colours.ts';
import { durationText } from './duration-text.ts';
import { plainTable } from './summary-table.ts';

/** Bundles that are named; the state file has all of them. */
const ALARMS_MAX = 20;

/** One line a round, and one for each run in it that was not green. */
export function roundText(
  round: FlakeRound,
  reached: number,
  goal: number,
  { red, yellow, green, dim }: Colours,
): string {
  const passed = Object.values(round.passed).reduce((sum, times) => sum + times, 0);
  const { alarms, troubles } = round;
  const words = alarms.length === 0 ? green('all green') : red(`${alarms.length} not green`);
  return [
    `round ${round.round + 1}: ${passed + alarms.length} runs, ${words}  ${dim(
      `${durationText(round.durationMs)}, seed ${round.seed}; ${reached} of ${goal} judged`,
    )}`,
    ...alarms.map((alarm) => {
      const other = isOwnError(alarm) ? red('ERROR') : yellow('?    ');
      const word = alarm.verdict === 'fail' ? red('FAIL ') : other;
      return `      ${word} ${alarm.id}: ${alarm.why}`;
    }),
    ...troubles.map((trouble) => `      ${red('ERROR')} ${trouble}`),
  ].join('\n');
}

/** @param bundlePath where a bundle of the state lies. */
export function flakeText(
  figures: FlakeFigures,
  bundlePath: (bundle: string) => string,
  { red, green }: Colours,
): string {
  const { scenarios, all, bars, alarms } = figures;
  const table = plainTable([
    'scenario',
    'judged',
    'false alarms',
    'rate at most',
    'inconclusive',
    'rate at most',
  ]);
  const row = (name: string, of: Figures): void =>
    void table.push([
      name,
      of.judged,
      of.fails === 0 ? '0' : red(String(of.fails)),
      percent(of.failBound),
      of.inconclusives,
      percent(of.inconclusiveBound),
    ]);
  for (const one of scenarios) row(one.id, one);
  row('all', all);
  const reasons = scenarios.flatMap(({ id, reasons: of }) =>
    of.map(({ reason, count }) => `  ${count} × ${id}: ${reason}`),
  );
  const bundles = alarms
    .filter(({ bundle }) => bundle !== undefined)
    .map(({ bundle = '' }) => `  ${bundlePath(bundle)}`);
  return [
    table.toString(),
    'rates at 95 % confidence (Clopper-Pearson, one-sided)',
    suiteText(figures),
    ...(reasons.length === 0 ? [] : ['what was not green:', ...reasons]),
    ...bundles.slice(0, ALARMS_MAX),
    ...(bundles.length > ALARMS_MAX ? [`  and ${bundles.length - ALARMS_MAX} more`] : []),
    ...bars.map(
      ({ bar, measured, holds }) =>
        `${holds ? green('holds') : red('does not hold')}: ${bar} (${measured})`,
    ),
  ].join('\n');
}
