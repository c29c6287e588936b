/** What a flake measure still has to run, and how far it has come. */

import type { Scenario } from '../run/scenario.ts';
import { INCONCLUSIVE_SHARE } from './flake-figures.ts';
import type { FlakeState } from './flake-state.ts';
import { attemptsIn, tallyOf } from './tally.ts';

interface Goal {
  readonly scenarios: readonly Scenario[];
  /** How often each is to be judged. */
  readonly runs: number;
}

type Reached = Pick<FlakeState, 'rounds' | 'subject'>;

export interface Due {
  readonly scenario: Scenario;
  /** How many runs are missing. */
  readonly times: number;
}

/**
 * A run that was not judged is made up for, but not without end: a scenario that needs more attempts
 * than this has more inconclusive runs than its bar allows, or the suite itself fails in it.
 */
export function dueScenarios({ scenarios, runs }: Goal, state: Reached): readonly Due[] {
  const attemptsMax = Math.ceil(runs / (1 - INCONCLUSIVE_SHARE[state.subject.load]));
  return scenarios
    .map((scenario) => {
      const tally = tallyOf(state.rounds, scenario.id);
      return { scenario, times: Math.min(runs - tally.judged, attemptsMax - attemptsIn(tally)) };
    })
    .filter(({ times }) => times > 0);
}

/** Judged runs of these scenarios, of those that were asked for. */
export function reached({ scenarios, runs }: Goal, { rounds }: Reached): number {
  return scenarios.reduce((sum, { id }) => sum + Math.min(runs, tallyOf(rounds, id).judged), 0);
}
