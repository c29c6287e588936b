/** Whether a fault did anything. A fault that touched nothing proves nothing, whatever was green. */

import type { Receipt } from '../fault/receipt.ts';
import { exposureOf } from './exposure.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

/** A call this much slower than the quickest of its tool counts as delayed, in milliseconds. */
const DELAY_SEEN_MS = 100;

/** Why the fault proves nothing, or undefined if it landed. */
export function whyNotLanded(
  receipt: Receipt,
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
): string | undefined {
  const name = `${receipt.kind} on ${receipt.upstream}`;
  if (receipt.acknowledgedAtMs === undefined) return `${name} was never confirmed to be active`;
  if (isSeenInLedger(receipt, ledger)) return undefined;
  const exposure = exposureOf([receipt]);
  const exposed = operations.filter((operation) => exposure.isExposed(operation));
  if (exposed.some((operation) => operation.outcome?.type !== 'ok')) return undefined;
  if (exposed.some((operation) => isDelayed(operation, operations))) return undefined;
  return `${name} touched none of the ${exposed.length} calls that it could have`;
}

function isDelayed(operation: Operation, all: readonly Operation[]): boolean {
  const durations = all
    .filter((other) => other.invoke.tool === operation.invoke.tool && other.endMs < Infinity)
    .map((other) => other.endMs - other.startMs);
  return operation.endMs - operation.startMs > Math.min(...durations) + DELAY_SEEN_MS;
}

/** Faults that need not make a call fail leave their trace in the ledger. */
function isSeenInLedger(receipt: Receipt, ledger: readonly LedgerEntry[]): boolean {
  const lines = ledger.filter((line) => line.upstream === receipt.upstream);
  const during = lines.filter(
    (line) => line.atMs >= receipt.requestedAtMs && line.atMs <= (receipt.healedAtMs ?? Infinity),
  );
  switch (receipt.kind) {
    // A target that never sends DELETE cannot wait for its answer either: there is nothing to touch.
    case 'silent-delete':
      return true;
    case 'break':
    case 'hang':
      return receipt.opIds !== undefined || receipt.id.endsWith('-reuse');
    case 'forget-sessions':
      return lines.some(
        (line) => line.kind === 'unknown-session' && line.atMs >= receipt.requestedAtMs,
      );
    case 'kill':
    case 'restart':
      return lines.some((line) => line.kind === 'start' && line.atMs >= receipt.requestedAtMs);
    case 'silent-ping':
      return during.some((line) => line.kind === 'request' && line.method === 'ping');
    default:
      return during.some((line) => line.kind === 'disconnect');
  }
}
