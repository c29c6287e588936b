/**
 * How often all scenarios were run together, and in how many of these runs at least one of them
 * failed. The suite's own rate of false alarms is bounded by these alone: bounds of the single
 * scenarios, or of all their runs in one pot, do not add up to one where they differ.
 */

import type { FlakeRound } from './flake-round.ts';
import { attemptsIn, tallyOf } from './tally.ts';

export interface SuiteRuns {
  /** Every scenario was judged in them, or one of them failed. */
  readonly runs: number;
  /** At least one scenario failed in them. */
  readonly fails: number;
}

/** Undefined where there was none in which every scenario was judged. */
export function suiteRunsIn(
  rounds: readonly FlakeRound[],
  ids: readonly string[],
): SuiteRuns | undefined {
  let [complete, runs, fails] = [0, 0, 0];
  for (const round of rounds) {
    const found = repeatsIn(round, ids);
    complete += found.complete;
    fails += found.failed;
    runs += Math.max(found.failed, found.complete + found.failedAndIncomplete);
  }
  return complete === 0 ? undefined : { runs, fails };
}

/** The repeats of one round: each is a run of the suite where every scenario was run as often. */
function repeatsIn(
  round: FlakeRound,
  ids: readonly string[],
): Readonly<Record<'complete' | 'failed' | 'failedAndIncomplete', number>> {
  const alarms = round.alarms.filter(({ id }) => ids.includes(id));
  const repeatsOf = (isFail: boolean): ReadonlySet<number> =>
    new Set(
      alarms.filter(({ verdict }) => (verdict === 'fail') === isFail).map(({ repeat }) => repeat),
    );
  const [failed, unjudged] = [repeatsOf(true), repeatsOf(false)];
  // Of a round that was cut short nobody knows which repeats the missing runs belong to.
  const [attempts = 0, ...others] = new Set(ids.map((id) => attemptsIn(tallyOf([round], id))));
  const complete = others.length > 0 ? 0 : Math.max(0, attempts - unjudged.size);
  return {
    complete,
    failed: failed.size,
    failedAndIncomplete: failed.intersection(unjudged).size,
  };
}
