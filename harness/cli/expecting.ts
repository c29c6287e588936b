/** Scenarios are told as they finish, and the baseline is applied to the whole run: a person learns at once what was expected. */

import { applyBaseline, type Baseline } from '../run/baseline.ts';
import type { RunEvents } from '../run/run-options.ts';

export function expecting(
  baseline: Baseline | undefined,
  target: { readonly name: string; readonly version: string },
  events: RunEvents,
): RunEvents {
  if (baseline === undefined) return events;
  return {
    started: (total) => events.started(total),
    note: events.note,
    scenarioDone: (result, done, total) => {
      const { results } = applyBaseline(baseline, [result], target);
      for (const marked of results) events.scenarioDone(marked, done, total);
    },
  };
}
