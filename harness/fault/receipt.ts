/** Proof that a fault was asked for, was active, and was healed. What it touched is worked out by `harness/history/effect.ts`. */

import type { Phase } from '../schedule/schedule.ts';

export type FaultKind =
  /** Every connection of one target–upstream pair is closed, and new ones are refused. */
  | 'down'
  /** Bytes are swallowed in both directions; connections stay open. */
  | 'blackhole'
  | 'latency'
  /** New connections are reset. */
  | 'reset'
  | 'limit-data'
  | 'slicer'
  | 'bandwidth'
  /** The fixture's process was killed. Healed when its successor listens. */
  | 'kill'
  | 'stop'
  | 'forget-sessions'
  | 'status'
  | 'hang'
  | 'silent-delete'
  | 'silent-ping'
  /** The sessions that were open then never answer again; new ones do. */
  | 'silent-sessions'
  /** One call was broken by the fixture, as its arguments asked. */
  | 'break';

/** The operation of a schedule that a fault was to meet, and in which phase. */
export interface Aim {
  /** Index into the schedule's operations. */
  readonly operation: number;
  readonly phase: Phase;
  /** Why it struck all the same, and elsewhere: "the operation had ended". Absent: it struck as it was aimed. */
  readonly missed?: string;
}

export interface Receipt {
  readonly id: string;
  readonly kind: FaultKind;
  /** The scenario's name of the faulted upstream. */
  readonly upstream: string;
  /** Only these calls can be touched; absent: every call to that upstream. */
  readonly opIds?: readonly string[];
  /** Worked out from a call that was asked to break or to hang: nothing was struck from outside. */
  readonly ofCall?: true;
  /** Monotonic milliseconds, like the history's. */
  readonly requestedAtMs: number;
  /** When the tool, the fixture or the kernel confirmed that it is active. */
  readonly acknowledgedAtMs?: number;
  readonly healRequestedAtMs?: number;
  readonly healedAtMs?: number;
  /** What confirmed it, in words: "proxy reads back enabled=false". */
  readonly seen: readonly string[];
  /** Only for faults of a schedule. */
  readonly aim?: Aim;
}
