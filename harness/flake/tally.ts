/**
 * How often a scenario was run in some rounds, and what came out. A run in which the suite itself
 * failed says nothing about either: it is a trouble, and counts as no run.
 */

import type { FlakeAlarm, FlakeRound } from './flake-round.ts';

export interface Tally {
  /** Runs that passed or failed. */
  readonly judged: number;
  readonly fails: number;
  readonly inconclusives: number;
  /** How often the suite itself failed in it or around it. */
  readonly ownErrors: number;
}

export function tallyOf(rounds: readonly FlakeRound[], id: string): Tally {
  let [passes, fails, inconclusives, ownErrors] = [0, 0, 0, 0];
  for (const { passed, alarms } of rounds) {
    passes += passed[id] ?? 0;
    for (const alarm of alarms) {
      if (alarm.id !== id) continue;
      if (alarm.verdict === 'fail') fails += 1;
      else if (isOwnError(alarm)) ownErrors += 1;
      else inconclusives += 1;
    }
  }
  return { judged: passes + fails, fails, inconclusives, ownErrors };
}

/** Judged or not: how often it was begun, or was to be. */
export function attemptsIn({ judged, inconclusives, ownErrors }: Tally): number {
  return judged + inconclusives + ownErrors;
}

export function isOwnError({ verdict, ownError }: FlakeAlarm): boolean {
  return verdict !== 'fail' && ownError;
}
