/** One run of a schedule, as far as shrinking looks at it. */

import type { ScenarioResult } from '../run/result.ts';

export type Attempt = Pick<ScenarioResult, 'verdict' | 'findings'>;

/** Nothing more can be run: what was found by then is the result. */
export class TimeIsOver extends Error {}

/** So many runs in a row without a verdict, and nothing is known of a schedule. */
export const UNJUDGED_MAX = 5;

/** Whether it says anything of its schedule; one that does not is no clean run, and is repeated. */
export function isJudged({ verdict }: Attempt): boolean {
  return verdict === 'pass' || verdict === 'fail';
}
