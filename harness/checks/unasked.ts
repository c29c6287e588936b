/**
 * Calls that were answered with all that their tool gives although no upstream was ever asked. Increments
 * are not among them: of those the ledger itself says what became of them.
 */

import type { Evidence } from './check.ts';
import { missingContent } from '../history/content.ts';
import { mayIncrement } from '../history/counting.ts';
import { isLedgerAtHand } from '../history/ledger-at-hand.ts';
import { countBefore, countUpTo } from '../history/in-time-order.ts';
import type { Operation } from '../history/operation.ts';

export function unasked(evidence: Evidence): readonly Operation[] {
  if (!isLedgerAtHand(evidence)) return [];
  const { operations, ledger } = evidence;
  const requests = ledger.filter((line) => line.kind === 'request');
  const asked = new Set(requests.map(({ opId }) => opId));
  const suspects = operations.filter(
    (one) =>
      isAnsweredRead(one) && one.invoke.upstream !== undefined && !asked.has(one.invoke.opId ?? ''),
  );
  if (suspects.length === 0) return [];
  const issued = new Set(operations.map(({ invoke }) => invoke.opId));
  // One that lost its opId on the way cannot be told from the others of its kind at that time.
  const nameless = requests
    .filter(({ opId }) => opId === undefined || !issued.has(opId))
    .toSorted((a, b) => a.atMs - b.atMs);
  const arrivals = Map.groupBy(nameless, ({ upstream, tool }) => JSON.stringify([upstream, tool]));
  return suspects.filter(({ invoke, startMs, endMs }) => {
    const some = arrivals.get(JSON.stringify([invoke.upstream, invoke.tool])) ?? [];
    return countBefore(some, startMs) === countUpTo(some, endMs);
  });
}

function isAnsweredRead(operation: Operation): boolean {
  const { invoke, outcome, giveUp } = operation;
  if (outcome?.type !== 'ok' || outcome.payload === undefined) return false;
  if (giveUp !== undefined || invoke.hostile === true || mayIncrement(operation)) return false;
  return invoke.method === 'tools/call' && missingContent(operation) === undefined;
}
