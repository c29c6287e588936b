/** What is wrong with the baseline itself, a sentence an entry that says what to do. */

import type { RunResult, StaleEntry } from '../run/result.ts';
import { percent } from './power-text.ts';

export function baselineLines(run: RunResult): readonly string[] {
  return [
    ...(run.staleBaseline ?? []).map((entry) => `stale baseline: ${staleText(entry)}`),
    ...(run.expiredBaseline ?? []).map(
      ({ scenario, check, expires }) =>
        `expired baseline: ${check} in ${scenario} was accepted until ${expires}; mend it, or give the entry a new date and reason`,
    ),
    ...(run.exceededBaseline ?? []).map(
      ({ scenario, check, hits, of, maxRate }) =>
        `more than flaky: ${scenario} violated ${check} ${hits} times of ${of}, and the baseline allows ${percent(maxRate)}`,
    ),
  ];
}

function staleText({ scenario, check: id, anomaly, hits, of }: StaleEntry): string {
  const check = anomaly === undefined ? id : `${id} by ${anomaly}`;
  if (hits === 0) return `${scenario} no longer violates ${check}; remove the entry`;
  const rate = Math.min(0.99, Number((hits / of).toPrecision(2)));
  return `${scenario} violated ${check} in ${hits} of ${of} repeats only; say "expect: flaky" with a maxRate above ${rate}`;
}
