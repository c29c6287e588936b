/** What can be wrong between what the clients saw and what the upstreams applied: each has one name. */

import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';

/** By name, from the cheapest explanation of a history to the dearest; and what it means. */
export const ANOMALIES = {
  DUPLICATE: 'an increment was applied more than once',
  FAILED_BUT_APPLIED: 'a call was refused, and yet applied',
  SILENT_RESET:
    'a client was served out of fresh state, and had not been told that the old was lost',
  SESSION_SPLIT:
    'one client session was served by several upstream sessions that lived side by side',
  SPLIT_BRAIN: 'two lives of one upstream served one client session at the same time',
  SESSION_SHARED: 'a call was served by the upstream session of another client session',
  FOREIGN: "an increment was applied to another client session's counter",
  MISROUTED: 'a request got an answer that was not its own, or went where it was not sent',
  PHANTOM: 'something was applied that no client had asked for',
  LOST: 'an acknowledged increment was never applied',
  ORDER: 'a call took effect after one that was begun when it was already answered',
  WRONG_VALUE: 'a client was told a value that the counter did not have',
} as const;

export type AnomalyName = keyof typeof ANOMALIES;

/** How an anomaly came about, where one name has several ways. */
export type Variant =
  /** DUPLICATE: within one life of the upstream, in two lives of it, after the client had its answer. */
  | 'same epoch'
  | 'across restart'
  | 'late'
  /** MISROUTED: the answer to another opId or tag, under another id, from another upstream or session. */
  | 'answer'
  | 'id'
  | 'upstream'
  | 'session';

export interface Anomaly<Name extends AnomalyName = AnomalyName> {
  readonly name: Name;
  readonly variant?: Variant;
  /** The client session that it befell; "" where none is known. */
  readonly session: string;
  readonly upstream?: string;
  /** What proves it: never none of both. The first operation is the one that it befell. */
  readonly operations: readonly Operation[];
  readonly lines: readonly LedgerEntry[];
  /** Positions in the history that are no operation's. */
  readonly events?: readonly number[];
}
