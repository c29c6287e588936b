/** What of a schedule happens on one of its upstreams, as a schedule with no other. */

import { normalise } from './normalise.ts';
import type { Schedule } from './schedule.ts';

/** A fault that was timed by an operation elsewhere is timed by the next one that is left. */
export function partOnUpstream(schedule: Schedule, upstream: number): Schedule {
  const { sessions, operations, faults } = schedule;
  const kept = [...operations.keys()].filter((index) => operations[index]?.upstream === upstream);
  return normalise({
    sessions,
    upstreams: 1,
    operations: operations.filter((operation) => operation.upstream === upstream),
    faults: faults
      .filter((fault) => fault.upstream === upstream)
      .map((fault) => {
        const next = kept.findIndex((index) => index >= fault.operation);
        return { ...fault, operation: next < 0 ? Math.max(0, kept.length - 1) : next };
      }),
  });
}
