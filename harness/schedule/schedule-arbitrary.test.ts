import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { drawSchedule } from './draw-schedule.ts';
import { normalise } from './normalise.ts';
import { parseSchedule, scheduleText } from './read-schedule.ts';
import { scheduleArbitrary } from './schedule-arbitrary.ts';
import type { Schedule } from './schedule.ts';

/** A fault that kills the upstream while an increment is on its way to it. */
function killsUnderAnIncrement({ operations, faults }: Schedule): boolean {
  return faults.some(({ kind, operation, phase }) => {
    const met = operations[operation];
    return kind === 'kill' && met?.kind === 'increment' && phase === 'sent';
  });
}

/** Forty operations and four faults as a bundle would hold them. */
function recorded(): Schedule {
  const pieces = Array.from({ length: 40 }, (_, index) =>
    drawSchedule(7, index, DEFAULT_CLAIMS),
  ).filter(({ faults }) => faults.length > 0);
  const operations = pieces.flatMap((one) => one.operations).slice(0, 39);
  const faults = pieces.flatMap((one) => one.faults).filter(({ kind }) => kind !== 'kill');
  return normalise({
    sessions: [{ user: 1 }, { user: 0 }, { user: 1 }],
    upstreams: 1,
    operations: [
      ...operations,
      { session: 2, upstream: 0, kind: 'increment', gapMs: 77, executionMs: 0 },
    ],
    faults: [
      ...faults.slice(0, 3),
      { kind: 'kill', upstream: 0, operation: 39, phase: 'sent', durationMs: 444, severity: 2 },
    ],
  });
}

test('a recorded schedule shrinks to its core, with nothing known of how it was drawn', () => {
  const schedule = parseSchedule(scheduleText(recorded()), 'recorded');
  expect([schedule.operations.length, schedule.faults.length]).toEqual([40, 4]);
  expect(killsUnderAnIncrement(schedule)).toBe(true);
  const details = fc.check(
    fc.property(scheduleArbitrary(), (drawn) => !killsUnderAnIncrement(normalise(drawn))),
    { examples: [[schedule]], numRuns: 1, seed: 1 },
  );
  expect(details.failed).toBe(true);
  expect(normalise(details.counterexample?.[0] as Schedule)).toEqual({
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [{ session: 0, upstream: 0, kind: 'increment', gapMs: 0, executionMs: 0 }],
    faults: [
      { kind: 'kill', upstream: 0, operation: 0, phase: 'sent', durationMs: 50, severity: 0 },
    ],
  });
});
