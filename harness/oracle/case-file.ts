/** A recording with all that the anomalies are found from, each put together once. */

import type { Receipt } from '../fault/receipt.ts';
import type { HistoryEvent } from '../history/event.ts';
import { exposureOf } from '../history/exposure.ts';
import { joinLedger, type Join } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { newsBySession } from '../history/news-of-loss.ts';
import type { Operation } from '../history/operation.ts';
import { pastsIn, type Pasts } from './pasts.ts';
import { operationColumns, type OperationColumns } from './operation-columns.ts';

/** What was recorded of a scenario, as far as the oracle needs it. */
export interface Recording {
  readonly events: readonly HistoryEvent[];
  readonly operations: readonly Operation[];
  readonly ledger: readonly LedgerEntry[];
  /** The upstreams kept none, or it was left aside; see `ledger-at-hand.ts`. */
  readonly hasNoLedger?: true;
  readonly receipts: readonly Receipt[];
}

export interface CaseFile extends Recording {
  readonly join: Join;
  /** By index of the operations. */
  readonly of: OperationColumns;
  readonly pasts: Pasts;
  readonly isExposed: (operation: Operation) => boolean;
  readonly newsOf: ReturnType<typeof newsBySession>;
}

/** With what is known once the answers have been found that went astray. */
export interface JudgedCase extends CaseFile {
  /** False for a call whose answer was not its own, or that went where it was not sent. */
  readonly hasOwnAnswer: (operation: Operation) => boolean;
}

export function openCase(recording: Recording): CaseFile {
  const { events, operations, ledger, receipts } = recording;
  const [join, of] = [joinLedger(operations, ledger), operationColumns(operations)];
  return {
    events,
    operations,
    ledger,
    receipts,
    join,
    of,
    pasts: pastsIn(join.columns, of),
    isExposed: exposureOf(receipts).isExposed,
    newsOf: newsBySession(operations),
  };
}
