/** Everything that one run of a scenario left behind: enough to judge it, now or in a year. */

import type { Finding, Noise } from '../checks/check.ts';
import type { ExitCode } from '../errors.ts';
import type { Receipt } from '../fault/receipt.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Claims } from '../target/claims.ts';

/** Why the experiment itself is in doubt. */
export interface Trouble {
  readonly message: string;
  readonly exitCode: ExitCode;
  /** A fixture or Toxiproxy died, or the suite failed: then nothing is blamed on the target. */
  readonly voidsFindings: boolean;
}

/** What hidden words decide, which are not kept: every other finding stands. */
export interface Doubts {
  readonly message: string;
  /** The checks that judge otherwise without those words. */
  readonly checks: readonly string[];
  /** Findings that are made only without those words: nothing is blamed by them. */
  readonly findings: readonly FindingKey[];
}

/** Which finding it is, however it is worded. */
export type FindingKey = Pick<Finding, 'check' | 'anomaly' | 'evidence'>;

export interface Unproven {
  readonly check: string;
  readonly why: string;
}

/** What the same scenario showed without the target. */
export interface Control {
  /** Checks that convict the target and fail there, too. */
  readonly failed: readonly string[];
  /** Checks that convict the target, and looked there and found nothing. Older recordings do not say. */
  readonly passed?: readonly string[];
  /** Checks that convict the target and of which it proves nothing, and why: it was inconclusive, or broke. */
  readonly unproven?: readonly Unproven[];
  /** Why there was nothing to run it against. */
  readonly whyNot?: string;
}

export interface Recorded {
  readonly scenario: string;
  readonly claims: Claims;
  /** The ids of the checks that judge it, beside those that judge every scenario. */
  readonly checks: readonly string[];
  readonly operationsMin: number;
  /**
   * Its operations and faults were drawn: a fault that met nothing and a check that had nothing to
   * look at say nothing here, and the evidence is what all schedules of the run met together.
   */
  readonly isGenerated?: true;
  readonly events: readonly HistoryEvent[];
  /** How many events and operations the recorder gave numbers to: fewer in `events` were dropped. */
  readonly issued: { readonly events: number; readonly ops: number };
  readonly ledger: readonly LedgerEntry[];
  /** The upstreams kept none, or it was left aside: only what clients were told can be judged. */
  readonly hasNoLedger?: true;
  readonly receipts: readonly Receipt[];
  readonly noise: Noise;
  readonly trouble?: Trouble;
  readonly doubts?: Doubts;
  /** Absent: nobody asked for it, or there was nothing to weigh. */
  readonly control?: Control;
}
