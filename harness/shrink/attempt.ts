/** One run of a schedule, as far as shrinking looks at it. */

import type { ScenarioResult } from '../run/result.ts';

export type Attempt = Pick<ScenarioResult, 'verdict' | 'findings' | 'unmet'>;

/** Nothing more can be run: what was found by then is the result. */
export class TimeIsOver extends Error {}

/** So many runs in a row that could not be judged, and nothing is known of a schedule. */
export const UNJUDGED_MAX = 5;

/**
 * Whether it says anything of its schedule; one that does not is no clean run, and is repeated. That
 * its faults meet nobody is the schedule's own doing: then it shows nothing.
 */
export function isJudged({ verdict, unmet }: Attempt): boolean {
  return verdict === 'pass' || verdict === 'fail' || unmet === true;
}
