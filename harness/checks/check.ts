/** A check is a pure function from what was recorded to findings. It acts on nothing and knows no target. */

import type { HistoryEvent } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { AnomalyName } from '../oracle/anomaly.ts';
import type { CounterAnomaly } from '../oracle/counter-history.ts';
import type { Receipt } from '../fault/receipt.ts';
import type { Claims } from '../target/claims.ts';

export interface Evidence {
  readonly scenario: string;
  readonly claims: Claims;
  readonly events: readonly HistoryEvent[];
  readonly operations: readonly Operation[];
  readonly ledger: readonly LedgerEntry[];
  /** The upstreams kept none, or it was left aside; see `ledger-at-hand.ts`. */
  readonly hasNoLedger?: true;
  readonly receipts: readonly Receipt[];
  /** How noisy the harness's own machine was meanwhile, in milliseconds. */
  readonly noise: Noise;
}

export interface Noise {
  /** Largest delay of the harness's event loop. */
  readonly lagMaxMs: number;
  /** Largest round trip of a probe straight to a fixture. */
  readonly probeMaxMs: number;
}

/** The target ended by itself. */
export const TARGET_DIED = 'TARGET_DIED';

/** How a finding is named; that is about counters, or the target's death. */
export type FindingName = AnomalyName | CounterAnomaly | typeof TARGET_DIED;

export interface Finding {
  readonly check: string;
  readonly requirement: string;
  /** What the oracle calls it; absent where a finding is about neither counters nor the target's death. */
  readonly anomaly?: FindingName;
  /** One sentence with the numbers in it. */
  readonly message: string;
  /** Positions in the history (`h12`), the ledger (`counter#7`) and the receipts (`f1`) that prove it. */
  readonly evidence: readonly string[];
  /** Set when it judges what we assume of every gateway, and not what this target claims. */
  readonly contract?: 'default contract' | 'claim';
  /** Which claim, and what it says: "replay: never". */
  readonly claim?: string;
  /** The requirement's own words; the reports add them. */
  readonly sentence?: string;
}

export interface Judgement {
  /** Our own checkers contradict each other: nobody else is to blame. */
  readonly ownError?: string;
  /** Why it cannot be judged from what was recorded, whatever the target claims. */
  readonly notApplicable?: string;
  /** How many things were looked at. Zero is never a pass. */
  readonly examined: number;
  readonly findings: readonly Finding[];
  /** Why nothing can be said, in one sentence. A finding outweighs it. */
  readonly inconclusive?: string;
}

export interface Check {
  /** kebab-case; the same for pass and fail. */
  readonly id: string;
  /** The sentence that holds when it passes. */
  readonly title: string;
  readonly requirements: readonly [string, ...string[]];
  /** What its findings can be called; none where absent. */
  readonly anomalies?: readonly FindingName[];
  /** Why it does not apply to a target with these claims; undefined: it does. */
  notApplicable?(claims: Claims): string | undefined;
  judge(evidence: Evidence): Judgement;
}
