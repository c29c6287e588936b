/**
 * A schedule: what clients do and what is broken meanwhile, as plain data. It names no clock time and
 * nothing of a target, so the same one runs against a real gateway and in the simulation, is written
 * into a bundle as it is, and shrinks from there.
 */

/** From benign to severe: a generator that shrinks towards the first one simplifies. */
export const OPERATION_KINDS = [
  /** Reads the counter. */
  'get',
  'increment',
  /** An increment that executes for a while, applied at its beginning. */
  'slow-early',
  /** An increment that executes for a while, applied at its end. */
  'slow-late',
  /** Streams progress, then answers; applies nothing. */
  'progress',
  /** An increment whose client cancels it while it executes. */
  'cancelled',
  /** An increment whose client destroys its socket while it executes. */
  'aborted',
  /** The fixture breaks this call's own connection or answer; applied before. */
  'broken',
  /** DELETE on the session; the client initializes anew for its next operation. */
  'delete',
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

/** From benign to severe. All but `latency`, `slicer` and `bandwidth` may cost exposed calls their answer. */
export const FAULT_KINDS = [
  'latency',
  'slicer',
  'bandwidth',
  'freeze',
  'hang',
  'status',
  'limit-data',
  'reset',
  'blackhole',
  'down',
  'forget-sessions',
  'kill',
] as const;

export type ScheduledFaultKind = (typeof FAULT_KINDS)[number];

/**
 * Where a fault meets the operation that it names: before it begins, when its request was sent, while
 * the upstream executes it, while its answer streams, when its answer is there.
 */
export const PHASES = ['idle', 'sent', 'executing', 'streaming', 'after'] as const;

export type Phase = (typeof PHASES)[number];

export interface ScheduledSession {
  /** 0 is alice, 1 is bob; a target with one user has alice twice. */
  readonly user: number;
}

export interface ScheduledOperation {
  /** Index into `sessions`. */
  readonly session: number;
  /** Index of the upstream. */
  readonly upstream: number;
  readonly kind: OperationKind;
  /** Begins this long after the session's previous operation began, in milliseconds: less than that one takes, and they overlap. */
  readonly gapMs: number;
  /** How long it executes upstream, in milliseconds, where its kind executes for a while. */
  readonly executionMs: number;
}

export interface ScheduledFault {
  readonly kind: ScheduledFaultKind;
  readonly upstream: number;
  /** Index into `operations`: the one that it meets. */
  readonly operation: number;
  readonly phase: Phase;
  /** From acknowledgement to heal, in milliseconds: it carries its own end, so that leaving it out leaves nothing broken. */
  readonly durationMs: number;
  /** 0 is the mildest, 2 the worst, for kinds that come in degrees. */
  readonly severity: number;
}

export interface Schedule {
  readonly sessions: readonly ScheduledSession[];
  /** How many upstreams there are: 1 or 2. */
  readonly upstreams: number;
  /** In the order in which each session issues its own. */
  readonly operations: readonly ScheduledOperation[];
  readonly faults: readonly ScheduledFault[];
}
