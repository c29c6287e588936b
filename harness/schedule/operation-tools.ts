/** What each kind of operation asks of the fixture: the same on the real stage and in the simulation. */

import type { OperationKind } from './schedule.ts';

export interface OperationTool {
  readonly tool: 'get' | 'increment' | 'slow_increment' | 'progress' | 'break';
  /** When the counter grows, in relation to the execution; absent: it does not. */
  readonly apply?: 'before' | 'after';
  /** How the client gives it up in the middle of its execution. */
  readonly giveUp?: 'cancel' | 'abort';
  /** It would execute this much longer than its schedule says, in milliseconds. */
  readonly beyondMs?: number;
}

const SLOW = { tool: 'slow_increment', apply: 'after' } as const;
/** Only a cancel that was due before the call ended by itself proves anything. */
const BEYOND_CANCEL_MS = 1_500;

/** `delete` is no call. */
export const OPERATION_TOOLS: Readonly<Record<Exclude<OperationKind, 'delete'>, OperationTool>> = {
  get: { tool: 'get' },
  increment: { tool: 'increment', apply: 'before' },
  'slow-early': { ...SLOW, apply: 'before' },
  'slow-late': SLOW,
  progress: { tool: 'progress' },
  cancelled: { ...SLOW, giveUp: 'cancel', beyondMs: BEYOND_CANCEL_MS },
  aborted: { ...SLOW, giveUp: 'abort' },
  broken: { tool: 'break', apply: 'before' },
};
