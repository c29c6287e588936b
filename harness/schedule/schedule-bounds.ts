/** What a schedule may ask for at most and at least: generator, reader and normal form keep the same bounds. */

import type { OperationKind, Phase } from './schedule.ts';

export const SCHEDULE_BOUNDS = {
  sessions: 8,
  upstreams: 2,
  users: 2,
  operations: 400,
  faults: 16,
  gapMs: 1_000,
  /** Shorter, and no fault can be struck while it executes. */
  executionMinMs: 100,
  executionMaxMs: 2_000,
  /** Shorter, and no call is certain to fall into it. */
  faultMinMs: 50,
  faultMaxMs: 3_000,
  severity: 2,
} as const;

/** The phases that an operation of this kind goes through; what is over at once cannot be met while it executes. */
export function phasesOf(kind: OperationKind): readonly Phase[] {
  if (kind === 'progress') return ['idle', 'sent', 'executing', 'streaming', 'after'];
  if (executes(kind)) return ['idle', 'sent', 'executing', 'after'];
  return ['idle', 'sent', 'after'];
}

/** Whether an operation of this kind takes time upstream. */
export function executes(kind: OperationKind): boolean {
  return EXECUTING.includes(kind);
}

const EXECUTING: readonly OperationKind[] = [
  'slow-early',
  'slow-late',
  'progress',
  'cancelled',
  'aborted',
];
