/** Schedules from which something is left out: what pointed at it points at what came next, or goes along. */

import { normalise } from '../schedule/normalise.ts';
import type { Schedule } from '../schedule/schedule.ts';

/** Only these operations, by their indices. A fault meets the next one that is kept, or else the last. */
export function withOperations(schedule: Schedule, kept: readonly number[]): Schedule {
  const newIndex = new Map(kept.map((old, index) => [old, index]));
  const faults = schedule.faults.flatMap((fault) => {
    const next = kept.find((index) => index >= fault.operation) ?? kept.at(-1);
    const operation = next === undefined ? undefined : newIndex.get(next);
    return operation === undefined ? [] : [{ ...fault, operation }];
  });
  const operations = schedule.operations.filter((_, index) => newIndex.has(index));
  return normalise({ ...schedule, operations, faults });
}

/** Only these sessions, by their indices, and what they do. */
export function withSessions(schedule: Schedule, kept: readonly number[]): Schedule {
  const operations = [...schedule.operations.keys()].filter((index) =>
    kept.includes(schedule.operations[index]?.session ?? -1),
  );
  const rest = withOperations(schedule, operations);
  return normalise({
    ...rest,
    sessions: schedule.sessions.filter((_, index) => kept.includes(index)),
    operations: operations.flatMap((index) => {
      const operation = schedule.operations[index];
      return operation === undefined
        ? []
        : [{ ...operation, session: kept.indexOf(operation.session) }];
    }),
  });
}
