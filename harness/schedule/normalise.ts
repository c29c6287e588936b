/**
 * The one schedule that a drawn one stands for. A generator that drew only what fits together would
 * have to map what it draws, and what was mapped does not shrink once it was recorded; so it draws
 * anything, and here whatever points at nothing is made to point at something. Idempotent: a normal
 * schedule stands for itself.
 */

import {
  PHASES,
  type Phase,
  type Schedule,
  type ScheduledFault,
  type ScheduledOperation,
} from './schedule.ts';
import { executes, phasesOf, SCHEDULE_BOUNDS } from './schedule-bounds.ts';

/** Every index wraps around, every length is brought within its bounds, faults without operations are left out. */
export function normalise(drawn: Schedule): Schedule {
  const users = drawn.sessions.map(({ user }) => ({ user: user % SCHEDULE_BOUNDS.users }));
  const sessions = users.length > 0 ? users : [{ user: 0 }];
  const upstreams = within(drawn.upstreams, 1, SCHEDULE_BOUNDS.upstreams);
  const operations = drawn.operations.map((operation) =>
    normalOperation(operation, sessions.length, upstreams),
  );
  const faults = drawn.faults.flatMap((fault) => {
    const index = fault.operation % operations.length;
    const met = operations[index];
    return met === undefined ? [] : [normalFault(fault, index, met, upstreams)];
  });
  return { sessions, upstreams, operations, faults };
}

function normalOperation(
  { session, upstream, kind, gapMs, executionMs }: ScheduledOperation,
  sessions: number,
  upstreams: number,
): ScheduledOperation {
  const { executionMinMs, executionMaxMs } = SCHEDULE_BOUNDS;
  return {
    session: session % sessions,
    upstream: upstream % upstreams,
    kind,
    gapMs: within(gapMs, 0, SCHEDULE_BOUNDS.gapMs),
    executionMs: executes(kind) ? within(executionMs, executionMinMs, executionMaxMs) : 0,
  };
}

function normalFault(
  { kind, upstream, phase, durationMs, severity }: ScheduledFault,
  operation: number,
  met: ScheduledOperation,
  upstreams: number,
): ScheduledFault {
  const { faultMinMs, faultMaxMs } = SCHEDULE_BOUNDS;
  return {
    kind,
    upstream: upstream % upstreams,
    operation,
    phase: phaseIn(phasesOf(met.kind), phase),
    durationMs: within(durationMs, faultMinMs, faultMaxMs),
    severity: within(severity, 0, SCHEDULE_BOUNDS.severity),
  };
}

/** The phase itself, or the last one before it that there is. */
function phaseIn(phases: readonly Phase[], phase: Phase): Phase {
  const earlier = PHASES.slice(0, PHASES.indexOf(phase) + 1);
  return earlier.findLast((one) => phases.includes(one)) ?? 'idle';
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
