/**
 * What the rounds of a flake measure add up to: for each scenario and for the suite how often it was
 * run, how often it was not green and why, the upper bounds of both rates, and whether the bars hold.
 */

import { EXIT } from '../report/exit-codes.ts';
import { atLeastOne, upperBound } from './false-alarm-bound.ts';
import { runsOf, type FlakeAlarm, type FlakeRound } from './flake-round.ts';

/** Shares of inconclusive runs that a scenario stays under. */
export const INCONCLUSIVE_SHARE = { plain: 0.02, stress: 0.1 } as const;

export interface Figures {
  readonly runs: number;
  readonly fails: number;
  readonly inconclusives: number;
  /** Upper bounds of the two rates at 95 %. */
  readonly failBound: number;
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
  /** How likely a run of the whole suite raises a false alarm at most, at 95 %: 1 - (1 - q)^C. */
  readonly suiteBound: number;
  readonly bars: readonly Bar[];
  readonly alarms: readonly FlakeAlarm[];
  readonly troubles: readonly string[];
  readonly exitCode: number;
}

export interface FlakeQuestion {
  /** The scenarios that were asked for. */
  readonly ids: readonly string[];
  /** How many runs of each were asked for. */
  readonly runs: number;
  readonly load: keyof typeof INCONCLUSIVE_SHARE;
}

export function flakeFigures(rounds: readonly FlakeRound[], question: FlakeQuestion): FlakeFigures {
  const { ids } = question;
  const runs = runsOf(rounds);
  const alarms = rounds.flatMap((round) => round.alarms).filter(({ id }) => ids.includes(id));
  const troubles = rounds.flatMap((round) => round.troubles);
  const byScenario = Map.groupBy(alarms, ({ id }) => id);
  const scenarios = ids.map((id) => ofScenario(id, runs.get(id) ?? 0, byScenario.get(id) ?? []));
  const all = figuresOf(
    scenarios.reduce((sum, one) => sum + one.runs, 0),
    alarms,
  );
  const own = alarms.filter(({ ownError }) => ownError).length + troubles.length;
  const bars = barsOf(scenarios, own, question);
  return {
    scenarios,
    all,
    suiteBound: atLeastOne(all.failBound, ids.length),
    bars,
    alarms,
    troubles,
    exitCode: bars.find(({ holds }) => !holds)?.exitCode ?? EXIT.ok,
  };
}

function ofScenario(id: string, runs: number, alarms: readonly FlakeAlarm[]): ScenarioFigures {
  const reasons = [...Map.groupBy(alarms, kindOf)]
    .map(([reason, of]) => ({ reason, count: of.length }))
    .toSorted((a, b) => b.count - a.count);
  return { id, ...figuresOf(runs, alarms), reasons };
}

function figuresOf(runs: number, alarms: readonly FlakeAlarm[]): Figures {
  const fails = alarms.filter(({ verdict }) => verdict === 'fail').length;
  const inconclusives = alarms.length - fails;
  return {
    runs,
    fails,
    inconclusives,
    failBound: upperBound(fails, runs),
    inconclusiveBound: upperBound(inconclusives, runs),
  };
}

/** "own-counter" for a fail; an inconclusive run's reason without its numbers. */
function kindOf({ verdict, why, checks }: FlakeAlarm): string {
  return verdict === 'fail' ? checks.join(', ') : why.replaceAll(/\d+(?:[.,]\d+)*/g, '…');
}

/** In the order in which the first that does not hold decides the exit code. */
function barsOf(
  scenarios: readonly ScenarioFigures[],
  own: number,
  { runs, load }: FlakeQuestion,
): readonly Bar[] {
  const fails = scenarios.filter((one) => one.fails > 0);
  const share = ({ inconclusives, runs: of }: Figures): number =>
    of === 0 ? 0 : inconclusives / of;
  const worst = scenarios.toSorted((a, b) => share(b) - share(a))[0];
  const least = scenarios.toSorted((a, b) => a.runs - b.runs)[0];
  const most = INCONCLUSIVE_SHARE[load];
  return [
    {
      bar: 'no false alarm in any scenario',
      measured:
        fails.map(({ id, fails: n, runs: of }) => `${id}: ${n} in ${of}`).join(', ') || 'none',
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
      bar: `${runs} runs of each scenario`,
      measured: least === undefined ? 'none' : `at least ${least.runs}`,
      holds: least !== undefined && least.runs >= runs,
      exitCode: EXIT.inconclusive,
    },
  ];
}

/** "0.995 %": three digits that say something. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
