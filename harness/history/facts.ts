/** The facts that scenarios record and checks read: what happened outside of any one call. */

import type { RequestId } from './event.ts';
import type { OperationKind } from '../schedule/schedule.ts';
import type { TargetExit } from '../target/target.ts';

export interface FactValues {
  /** SIGTERM was sent to the target. */
  'stop-requested': { readonly upstreamSessions: number; readonly callsInFlight: number };
  'target-exit': TargetExit;
  /** The target's process and all of its group ended, and nobody had asked for it. */
  'target-died': {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    /** From the beginning of the scenario, in milliseconds. */
    readonly afterMs: number;
  };
  /** A change through the target's admin API is in force. */
  'upstream-changed': {
    readonly upstream: string;
    readonly change: 'cosmetic' | 'connect' | 'removed';
  };
  /** From the first cancel of a storm to the last one at the upstream, in milliseconds. */
  'cancel-span': { readonly cancels: number; readonly spanMs: number };
  /** What the target holds at rest, after so many sessions were opened and ended. */
  'resting-level': {
    readonly sessionsEnded: number;
    readonly upstreamSessions: number;
    readonly descriptors?: number;
  };
  /** The session's next invoke is this operation of the schedule. */
  'scheduled-operation': {
    /** Index into the schedule's operations. */
    readonly operation: number;
    readonly kind: OperationKind;
    readonly session: string;
  };
  /** An answer came that carries the id of no request on that stream. */
  'foreign-answer': {
    readonly session: string;
    readonly op: number;
    readonly requestId: RequestId;
    readonly answeredId: RequestId | null;
  };
}
