/**
 * Which calls a fault could have touched. With pooled connections neither Toxiproxy nor the ledger
 * can say which calls a cut hit, so the rule is overlap in time on the faulted path: wide enough
 * never to blame a target for our own fault, and bounded, so that not everything is excused.
 */

import type { Receipt } from '../fault/receipt.ts';
import type { LedgerEntry } from './ledger.ts';
import { onceFor } from './once-for.ts';
import type { Operation } from './operation.ts';
import { TimeSpans, type TimeSpan } from './time-spans.ts';

/**
 * How far a fault's window is widened on both sides, in milliseconds. One clock serves all
 * processes, so this covers only what lies between a stamp and its effect: the proxy's API answers
 * before the last connection has noticed.
 */
export const EXPOSURE_TOLERANCE_MS = 50;

/** Above this share of exposed calls a run proves nothing about the rest. */
export const EXPOSED_SHARE_MAX = 0.25;

export interface Exposure {
  readonly isExposed: (operation: Operation) => boolean;
  /** The receipts that could have touched this call. */
  readonly faultsOf: (operation: Operation) => readonly Receipt[];
}

export const exposureOf = onceFor((receipts: readonly Receipt[]): Exposure => {
  const ofCalls = new Map<string | undefined, number[]>();
  const wide: number[] = [];
  receipts.forEach(({ opIds }, index) => {
    if (opIds === undefined) wide.push(index);
    for (const opId of new Set(opIds)) ofCalls.set(opId, [...(ofCalls.get(opId) ?? []), index]);
  });
  const spans = new TimeSpans(wide.map((index) => reachOf(receipts[index] as Receipt)));
  const faultsOf = (operation: Operation): readonly Receipt[] => {
    const { invoke, startMs, endMs } = operation;
    const meanwhile = spans
      .overlapping({ fromMs: startMs, toMs: endMs })
      .map((position) => wide[position] as number);
    return [...(ofCalls.get(invoke.opId) ?? []), ...meanwhile]
      .sort((a, b) => a - b)
      .map((index) => receipts[index] as Receipt)
      .filter((receipt) => isOnPath(receipt, operation));
  };
  return { faultsOf, isExposed: (operation) => faultsOf(operation).length > 0 };
});

/** When a fault that is not one call's own could touch whatever is under way. */
export function reachOf({ requestedAtMs, healedAtMs }: Receipt): TimeSpan {
  return {
    fromMs: requestedAtMs - EXPOSURE_TOLERANCE_MS,
    toMs: (healedAtMs ?? Infinity) + EXPOSURE_TOLERANCE_MS,
  };
}

function isOnPath(receipt: Receipt, { invoke }: Operation): boolean {
  // A request that names no upstream (initialize, tools/list) may go to any of them.
  if (invoke.upstream !== undefined && invoke.upstream !== receipt.upstream) return false;
  // A DELETE that is never answered touches nothing but the DELETE itself.
  return receipt.kind !== 'silent-delete' || invoke.method === 'DELETE';
}

/**
 * Receipts for the calls that the fixture was asked to break or to leave hanging by their own
 * arguments. A socket that closes right after a complete answer can also hit the next call that is
 * sent on it before anyone can know, so those ways expose the whole upstream for a moment.
 */
export function receiptsOfCalls(
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
): readonly Receipt[] {
  const lines = new Map(
    ledger
      .filter((line) => line.kind === 'break' || line.kind === 'request')
      .filter((line) => line.kind === 'break' || line.tool === 'hang')
      .map((line) => [line.opId, line]),
  );
  return operations
    .filter(({ invoke }) => invoke.tool === 'break' || invoke.tool === 'hang')
    .flatMap((operation) => {
      const { invoke } = operation;
      const line = lines.get(invoke.opId);
      const how = line?.kind === 'break' ? line.how : 'hang';
      const base = {
        id: `call-${invoke.op}`,
        kind: invoke.tool === 'break' ? ('break' as const) : ('hang' as const),
        upstream: invoke.upstream ?? '',
        ofCall: true as const,
        requestedAtMs: operation.startMs,
        ...(line !== undefined && { acknowledgedAtMs: line.atMs }),
        // One that was never answered stays open; Infinity would not survive JSON.
        ...(operation.endMs < Infinity && { healedAtMs: operation.endMs }),
        seen: line === undefined ? [] : [`${line.upstream}#${line.seq} ${how}`],
      };
      const own: Receipt = { ...base, opIds: [invoke.opId ?? ''] };
      return how.endsWith('-after') ? [own, { ...base, id: `${base.id}-reuse` }] : [own];
    });
}
