/**
 * Schedules as fast-check draws them: plain records, arrays and numbers, nothing mapped and nothing
 * chained, so that a schedule read from a file (`examples: [[schedule]]`) shrinks like one that was
 * drawn. What it draws need not fit together: see `normalise`.
 */

import * as fc from 'fast-check';
import { FAULT_KINDS, OPERATION_KINDS, PHASES, type Schedule } from './schedule.ts';
import { SCHEDULE_BOUNDS } from './schedule-bounds.ts';
import type { Swarm } from './swarm.ts';

/** Everything that a schedule can be: what recorded ones are shrunk in. */
const EVERYTHING: Swarm = {
  sessionsMax: SCHEDULE_BOUNDS.sessions,
  upstreams: SCHEDULE_BOUNDS.upstreams,
  operationsMin: 0,
  operationsMax: SCHEDULE_BOUNDS.operations,
  faultsMin: 0,
  faultsMax: SCHEDULE_BOUNDS.faults,
  operationKinds: OPERATION_KINDS,
  faultKinds: FAULT_KINDS,
  gapMaxMs: SCHEDULE_BOUNDS.gapMs,
  executionMaxMs: SCHEDULE_BOUNDS.executionMaxMs,
  faultMaxMs: SCHEDULE_BOUNDS.faultMaxMs,
};

export function scheduleArbitrary(swarm: Swarm = EVERYTHING): fc.Arbitrary<Schedule> {
  const { sessions, users, severity } = SCHEDULE_BOUNDS;
  return fc.record({
    sessions: fc.array(fc.record({ user: fc.nat(users - 1) }), {
      minLength: 1,
      maxLength: swarm.sessionsMax,
      size: 'max',
    }),
    upstreams: fc.integer({ min: 1, max: swarm.upstreams }),
    operations: fc.array(
      fc.record({
        session: fc.nat(sessions - 1),
        upstream: fc.nat(SCHEDULE_BOUNDS.upstreams - 1),
        kind: fc.constantFrom(...swarm.operationKinds),
        gapMs: fc.nat(swarm.gapMaxMs),
        executionMs: fc.nat(swarm.executionMaxMs),
      }),
      { minLength: swarm.operationsMin, maxLength: swarm.operationsMax, size: 'max' },
    ),
    faults: fc.array(
      fc.record({
        kind: fc.constantFrom(...swarm.faultKinds),
        upstream: fc.nat(SCHEDULE_BOUNDS.upstreams - 1),
        operation: fc.nat(Math.max(0, swarm.operationsMax - 1)),
        phase: fc.constantFrom(...PHASES),
        durationMs: fc.nat(swarm.faultMaxMs),
        severity: fc.nat(severity),
      }),
      { minLength: swarm.faultsMin, maxLength: swarm.faultsMax, size: 'max' },
    ),
  });
}
