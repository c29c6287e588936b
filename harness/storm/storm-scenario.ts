/** A schedule as a scenario: the runner, the recorder and the checks need not know that nobody wrote it by hand. */

import {
  boundedByRequestTimeout,
  cancelReachesUpstream,
  clearErrorSoon,
  deleteEndsSession,
  noOrphanSession,
  noSilentReset,
  notSerialised,
  oneUpstreamSession,
  ownCounter,
  undisturbed,
  worksAfterwards,
} from '../checks/index.ts';
import type { Check } from '../checks/check.ts';
import { counter } from '../fixture/counter.ts';
import type { Scenario } from '../run/scenario.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { carryOut, STORM_UPSTREAMS } from './carry-out.ts';

/** Findings, bundles and baselines know the n-th schedule of a seed as "storm/n". */
export const STORM_GROUP = 'storm';

export const STORM_TITLE = 'Whatever is broken whenever, no promise is';

/** Beside the checks that judge everything: all that need nothing but calls and faults. */
export const STORM_CHECKS: readonly [Check, ...Check[]] = [
  ownCounter,
  oneUpstreamSession,
  noOrphanSession,
  noSilentReset,
  clearErrorSoon,
  worksAfterwards,
  cancelReachesUpstream,
  notSerialised,
  undisturbed,
  boundedByRequestTimeout,
  deleteEndsSession,
];

/** Connecting, healing, settling and going on, without any fault, in milliseconds. */
const AROUND_MS = 30_000;

/** @param name its number among those of its seed, or a word for one that was read from a file. */
export function stormScenario(schedule: Schedule, name: number | string): Scenario {
  const names = STORM_UPSTREAMS.slice(0, schedule.upstreams);
  return {
    id: `${STORM_GROUP}/${name}`,
    title: STORM_TITLE,
    requirements: ['ISO-02', 'RTY-01', 'SES-08', 'STR-12'],
    upstreams: Object.fromEntries(names.map((upstream) => [upstream, counter()])),
    checks: STORM_CHECKS,
    operationsMin: schedule.sessions.length * 2,
    schedule,
    deadlineMs: AROUND_MS + lengthMs(schedule),
    run: (stage) => carryOut(schedule, stage),
  };
}

/** At most: every session at its own gaps, every fault after the other. */
function lengthMs({ operations, faults }: Schedule): number {
  const spent = [
    ...operations.map(({ gapMs, executionMs }) => gapMs + executionMs),
    ...faults.map(({ durationMs }) => durationMs),
  ];
  return spent.reduce((sum, ms) => sum + ms, 0);
}
