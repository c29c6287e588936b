/** What is wrong with the baseline itself, a sentence an entry that says what to do. */

import type { RunResult } from '../run/result.ts';
import { percent } from './power-text.ts';

export function baselineLines(run: RunResult): readonly string[] {
  return [
    ...(run.staleBaseline ?? []).map(
      ({ scenario, check }) =>
        `stale baseline: ${scenario} no longer violates ${check}; remove the entry`,
    ),
    ...(run.expiredBaseline ?? []).map(
      ({ scenario, check, expires }) =>
        `expired baseline: ${check} in ${scenario} was accepted until ${expires}; mend it, or give the entry a new date and reason`,
    ),
    ...(run.exceededBaseline ?? []).map(
      ({ scenario, check, hits, of, maxRate }) =>
        `more than flaky: ${scenario} violated ${check} in ${hits} of ${of} repeats, and the baseline allows ${percent(maxRate)}`,
    ),
  ];
}
