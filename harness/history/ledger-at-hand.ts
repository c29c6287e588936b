/**
 * Whether the upstreams' own record is there to be compared with what the clients were told. Without
 * it nobody can say what was applied, and only the answers can be judged.
 */

import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

export interface WithLedger {
  readonly operations: readonly Operation[];
  readonly ledger: readonly LedgerEntry[];
  /** The upstreams kept none, or it was left aside. */
  readonly hasNoLedger?: true;
}

/** An upstream writes down a call before it answers: where one has answered, an empty ledger is none. */
export function isLedgerAtHand({ operations, ledger, hasNoLedger }: WithLedger): boolean {
  if (hasNoLedger === true) return false;
  return ledger.length > 0 || !operations.some(isAnsweredUpstream);
}

/** Only an upstream can name its state. */
function isAnsweredUpstream({ outcome }: Operation): boolean {
  return outcome?.type === 'ok' && outcome.payload?.['nonce'] !== undefined;
}
