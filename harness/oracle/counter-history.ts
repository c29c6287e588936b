/**
 * What one client saw of one counter, as far as the exact checker needs it: increments by one and
 * reads, each with the interval in which it must have taken effect if it did. Calls that certainly
 * had no effect are left out, and so are reads without an answer. A counter may begin anew: its states
 * follow one another, and what is not known to belong to one of them may belong to any.
 */

export interface CounterOperation {
  readonly kind: 'increment' | 'read';
  /** Milliseconds on one clock; the effect lies between the two. */
  readonly startMs: number;
  /** Of an increment that is not certain it means nothing: that may be applied until the horizon. */
  readonly endMs: number;
  /** False for an increment that may or may not have been applied. */
  readonly isCertain: boolean;
  /** The value that the answer gave; undefined where it gave none. */
  readonly value?: number;
  /** Which state of the counter a certain one came out of, where the answer says so; each begins at zero. */
  readonly state?: string;
  /** Names it in a finding. */
  readonly ref: string;
}

/** The counter may have gone back to zero here, once, and need not have; both in milliseconds. */
export interface CounterReset {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CounterRules {
  /** Whether an increment may be applied again without anyone having done wrong. */
  readonly mayRepeat: boolean;
  /** How often one increment is thought to be applied at most, when repetition is to explain a value. */
  readonly applicationsMax: number;
  /** Nothing was in flight after this time, in milliseconds; Infinity if nobody made sure. */
  readonly horizonMs: number;
  /** Where answers do not name their state: when it may have been lost. Otherwise they are left aside. */
  readonly resets?: readonly CounterReset[];
}

export const AT_MOST_ONCE: CounterRules = {
  mayRepeat: false,
  applicationsMax: 2,
  horizonMs: Infinity,
};

export type CounterAnomaly =
  /** Two increments were told the same value: an update was lost, or the answers were crossed. */
  | 'DUP_VALUE'
  /** No order of the calls explains the values: a stale read, or one from the future. */
  | 'ORDER'
  /** States that were each seen before another one and after it: none of them was over when that began. */
  | 'SPLIT'
  /** The counter grew more often than this client can have made it grow. */
  | 'UNEXPLAINED_INCREMENT'
  /** It is explained only if increments were applied more than once. */
  | 'DUPLICATE'
  /** An acknowledged increment has no place. */
  | 'LOST_INCREMENT';

export interface CounterFinding {
  readonly anomaly: CounterAnomaly;
  /** How many at least. */
  readonly count: number;
  /** The few operations that contradict each other. */
  readonly witnesses: readonly string[];
}
