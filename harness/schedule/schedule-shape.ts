/** A schedule as it comes from a file: its shape, and that whatever it points at is there. */

import { z } from 'zod';
import { FAULT_KINDS, OPERATION_KINDS, PHASES, type Schedule } from './schedule.ts';

const index = z.int().min(0);
const ms = z.number().min(0);

/** Refuses a schedule that names sessions, upstreams or operations which it does not have. */
export const scheduleShape: z.ZodType<Schedule> = z
  .object({
    sessions: z.array(z.object({ user: index })),
    upstreams: z.int().min(1).max(2),
    operations: z.array(
      z.object({
        session: index,
        upstream: index,
        kind: z.enum(OPERATION_KINDS),
        gapMs: ms,
        executionMs: ms,
      }),
    ),
    faults: z.array(
      z.object({
        kind: z.enum(FAULT_KINDS),
        upstream: index,
        operation: index,
        phase: z.enum(PHASES),
        durationMs: ms,
        severity: z.int().min(0).max(2),
      }),
    ),
  })
  .superRefine(({ sessions, upstreams, operations, faults }, context) => {
    const refer = (to: string, value: number, count: number, path: PropertyKey[]): void => {
      if (value < count) return;
      const message = `there is no ${to} ${value}: the schedule has ${count}, counted from 0`;
      context.addIssue({ code: 'custom', message, path });
    };
    for (const [i, { session, upstream }] of operations.entries()) {
      refer('session', session, sessions.length, ['operations', i, 'session']);
      refer('upstream', upstream, upstreams, ['operations', i, 'upstream']);
    }
    for (const [i, { operation, upstream }] of faults.entries()) {
      refer('operation', operation, operations.length, ['faults', i, 'operation']);
      refer('upstream', upstream, upstreams, ['faults', i, 'upstream']);
    }
  });
