/** Everything that one load run left behind; the judge needs nothing else. */

import type { Noise } from '../harness/checks/check.ts';
import type { Receipt } from '../harness/fault/receipt.ts';
import type { LedgerEntry } from '../harness/history/ledger.ts';
import type { Claims } from '../harness/target/claims.ts';
import type { FaultMix } from './fault-bursts.ts';
import type { LoadLine } from './k6/lib/lines.ts';

/** The upstream that faults strike; the other one is never touched. */
export const STRUCK = 'struck';
export const CALM = 'calm';

/** How k6's wall clock stands to the monotonic clock of everything else: wall = monotonic + offset. */
export interface WallClock {
  readonly offsetMs: number;
  /** By how much a converted time can be wrong, in milliseconds. */
  readonly uncertaintyMs: number;
}

export interface LoadEvidence {
  readonly users: number;
  readonly lives: number;
  readonly faults: FaultMix;
  /** One endpoint serves both upstreams: what names none of them may touch the struck one. */
  readonly sharesEndpoint: boolean;
  readonly lines: readonly LoadLine[];
  readonly ledger: readonly LedgerEntry[];
  readonly receipts: readonly Receipt[];
  readonly claims: Claims;
  readonly clock: WallClock;
  /** How noisy our own machine was: timeouts then prove nothing. */
  readonly noise: Noise;
  /** For which share of the run the target was ready and got no processor: see `CpuWait`. */
  readonly cpuWaitShare: number;
  /** How long the users waited for one answer, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** That the target ended by itself, a sentence for each instance that did. */
  readonly deaths: readonly string[];
  /** A fixture, Toxiproxy or k6 died: nothing is blamed on the target. */
  readonly trouble?: string;
}
