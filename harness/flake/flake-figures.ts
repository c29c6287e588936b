/**
 * What the rounds of a flake measure add up to: for each scenario and for the suite how often it was
 * run, how often it was not green and why, the upper bounds of both rates, and whether the bars hold.
 */

import { EXIT } from '../report/exit-codes.ts';
import { upperBound } from './false-alarm-bound.ts';
import type { FlakeAlarm, FlakeRound } from './flake-round.ts';
import { suiteRunsIn, type SuiteRuns } from './suite-runs.ts';
import { isOwnError, tallyOf, type Tally } from './tally.ts';

/** Shares of inconclusive runs that a scenario stays under. */
export const INCONCLUSIVE_SHARE = { plain: 0.02, stress: 0.1 } as const;

export interface Figures extends Tally {
  /** Of the judged runs those that fail, at most, at 95 %. */
  readonly failBound: number;
  /** Of all runs those that are inconclusive, at most, at 95 %. */
  readonly inconclusiveBound: number;
}

export interface ScenarioFigures extends Figures {
  readonly id: string;
  /** Most frequent first; numbers in the reasons are left out, so that like ones count together. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

export interface Bar {
  readonly bar: string;
  readonly measured: string;
  readonly holds: boolean;
  /** What a measure ends with for which it does not hold. */
  readonly exitCode: number;
}

export interface FlakeFigures {
  readonly scenarios: readonly ScenarioFigures[];
  /** All runs of all scenarios together. */
  readonly all: Figures;
  /** Runs of all scenarios together, and how likely one raises a false alarm at most, at 95 %; undefined if there was none. */
  readonly suite: (SuiteRuns & { readonly bound: number }) | undefined;
  readonly bars: readonly Bar[];
  readonly alarms: readonly FlakeAlarm[];
  readonly exitCode: number;
}

export interface FlakeQuestion {
  /** The scenarios that were asked for. */
  readonly ids: readonly string[];
  /** How many judged runs of each were asked for. */
  readonly runs: number;
  readonly load: keyof typeof INCONCLUSIVE_SHARE;
}

export function flakeFigures(rounds: readonly FlakeRound[], question: FlakeQuestion): FlakeFigures {
  const { ids } = question;
  const alarms = rounds.flatMap((round) => round.alarms).filter(({ id }) => ids.includes(id));
  const byScenario = Map.groupBy(alarms, ({ id }) => id);
  const scenarios = ids.map((id) => ({
    id,
    ...figuresOf(tallyOf(rounds, id)),
    reasons: reasonsOf(byScenario.get(id) ?? []),
  }));
  const all = figuresOf(sumOf(scenarios));
  const troubles = rounds.reduce((sum, round) => sum + round.troubles.length, 0);
  const bars = barsOf(scenarios, all.ownErrors + troubles, question);
  const suite = suiteRunsIn(rounds, ids);
  return {
    scenarios,
    all,
    suite: suite && { ...suite, bound: upperBound(suite.fails, suite.runs) },
    bars,
    alarms,
    exitCode: bars.find(({ holds }) => !holds)?.exitCode ?? EXIT.ok,
  };
}

function reasonsOf(alarms: readonly FlakeAlarm[]): ScenarioFigures['reasons'] {
  return [...Map.groupBy(alarms, kindOf)]
    .map(([reason, of]) => ({ reason, count: of.length }))
    .toSorted((a, b) => b.count - a.count);
}

function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (name: keyof Tally): number => tallies.reduce((total, one) => total + one[name], 0);
  return {
    judged: sum('judged'),
    fails: sum('fails'),
    inconclusives: sum('inconclusives'),
    ownErrors: sum('ownErrors'),
  };
}

function figuresOf(tally: Tally): Figures {
  const { judged, fails, inconclusives } = tally;
  return {
    ...tally,
    failBound: upperBound(fails, judged),
    inconclusiveBound: upperBound(inconclusives, judged + inconclusives),
  };
}

/** "own-counter" for a fail; the reason of another run without its numbers. */
function kindOf(alarm: FlakeAlarm): string {
  if (alarm.verdict === 'fail') return alarm.checks.join(', ');
  const why = alarm.why.replaceAll(/\d+(?:[.,]\d+)*/g, '…');
  return isOwnError(alarm) ? `no run, the suite itself failed: ${why}` : why;
}

/** In the order in which the first that does not hold decides the exit code. */
function barsOf(
  scenarios: readonly ScenarioFigures[],
  own: number,
  { runs, load }: FlakeQuestion,
): readonly Bar[] {
  const fails = scenarios.filter((one) => one.fails > 0);
  const share = ({ inconclusives, judged }: Figures): number =>
    inconclusives === 0 ? 0 : inconclusives / (judged + inconclusives);
  const worst = scenarios.toSorted((a, b) => share(b) - share(a))[0];
  const least = scenarios.toSorted((a, b) => a.judged - b.judged)[0];
  const most = INCONCLUSIVE_SHARE[load];
  return [
    {
      bar: 'no false alarm in any scenario',
      measured:
        fails.map(({ id, fails: n, judged }) => `${id}: ${n} in ${judged}`).join(', ') || 'none',
      holds: fails.length === 0,
      exitCode: EXIT.violation,
    },
    {
      bar: 'no failure of the suite itself',
      measured: own === 0 ? 'none' : String(own),
      holds: own === 0,
      exitCode: EXIT.ownError,
    },
    {
      bar: `inconclusive under ${most * 100} % in each scenario`,
      measured: worst === undefined ? 'none' : `at most ${percent(share(worst))} (${worst.id})`,
      holds: worst !== undefined && share(worst) < most,
      exitCode: EXIT.inconclusive,
    },
    {
      bar: `${runs} judged runs of each scenario`,
      measured: least === undefined ? 'none' : `at least ${least.judged}`,
      holds: least !== undefined && least.judged >= runs,
      exitCode: EXIT.inconclusive,
    },
  ];
}

/** "0.995 %": three digits that say something. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** What is known of a run of the whole suite, in a sentence without its full stop. */
export function suiteText({ suite, scenarios }: FlakeFigures): string {
  const what = `a run of all ${scenarios.length} scenarios raises a false alarm`;
  if (suite === undefined) return `how often ${what} is not known: none was complete`;
  const { runs, fails, bound } = suite;
  return `${what} in at most ${percent(bound)} of cases: ${fails} in ${runs} complete runs`;
}
