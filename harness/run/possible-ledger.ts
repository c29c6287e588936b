/**
 * Whether ledger and receipts could have been recorded at all: a fixture numbers its lines in each of
 * its lives, and a fault is asked for before it is active and active before it is healed.
 */

import type { Receipt } from '../fault/receipt.ts';
import { ledgerRef } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';

/** Why no fixtures wrote these lines in this order, beginning with the line, or undefined. */
export function whyImpossibleLedger(ledger: readonly LedgerEntry[]): string | undefined {
  const last = new Map<string, LedgerEntry>();
  for (const [index, line] of ledger.entries()) {
    const life = JSON.stringify([line.upstream, line.epoch]);
    const before = last.get(life);
    last.set(life, line);
    if (before === undefined || line.seq > before.seq) continue;
    return `line ${index + 1}: ${ledgerRef(line)} stands behind ${ledgerRef(before)}`;
  }
  return undefined;
}

/** Why these faults cannot have gone like this, beginning with the receipt, or undefined. */
export function whyImpossibleReceipts(
  receipts: readonly (Receipt & { readonly healedAtMs?: number | null })[],
): string | undefined {
  for (const receipt of receipts) {
    const { id, ofCall, requestedAtMs, acknowledgedAtMs, healRequestedAtMs, healedAtMs } = receipt;
    // Those of a call are worked out anew.
    if (ofCall === true) continue;
    const heal = healedAtMs ?? Infinity;
    if (requestedAtMs > (acknowledgedAtMs ?? Infinity))
      return `${id} is active before it is asked for`;
    if (requestedAtMs > heal) return `${id} is healed before it is asked for`;
    if ((acknowledgedAtMs ?? -Infinity) > heal) return `${id} is healed before it is active`;
    if ((healRequestedAtMs ?? -Infinity) > heal) return `${id} is healed before that is asked for`;
  }
  return undefined;
}
