/** Whether the upstreams have heard of what clients cancelled and ended: what is still under way there is waited for. */

import type { LedgerEntry } from '../history/ledger.ts';

export interface Forwarded {
  /** The opIds of calls that were cancelled in flight. */
  readonly cancelled: string[];
  /** For each session that was ended by DELETE, the opIds of its calls. */
  readonly deleted: (readonly string[])[];
}

export function isForwarded(
  { cancelled, deleted }: Forwarded,
  ledger: readonly LedgerEntry[],
): boolean {
  return (
    cancelled.every((opId) => isCancelled(opId, ledger)) &&
    deleted.every((opIds) => servedBy(opIds, ledger).every((session) => hasEnded(session, ledger)))
  );
}

/** Or over by itself, so that no cancel could meet it. */
function isCancelled(opId: string, ledger: readonly LedgerEntry[]): boolean {
  return ledger.some(
    (line) => (line.kind === 'cancel' || line.kind === 'answer') && line.opId === opId,
  );
}

function servedBy(opIds: readonly string[], ledger: readonly LedgerEntry[]): readonly string[] {
  return ledger
    .filter((line) => line.kind === 'request')
    .filter((line) => line.opId !== undefined && opIds.includes(line.opId))
    .map((line) => line.session);
}

function hasEnded(session: string, ledger: readonly LedgerEntry[]): boolean {
  return ledger.some(
    (line) =>
      (line.kind === 'delete' || line.kind === 'unknown-session') && line.session === session,
  );
}
