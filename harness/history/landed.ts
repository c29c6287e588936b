/** Whether a fault did anything. A fault that touched nothing proves nothing, whatever was green. */

import type { Noise } from '../checks/check.ts';
import type { FaultKind, Receipt } from '../fault/receipt.ts';
import { exposureOf } from './exposure.ts';
import type { LedgerEntry } from './ledger.ts';
import { onceFor } from './once-for.ts';
import type { Operation } from './operation.ts';
import { countBefore, countUpTo } from './in-time-order.ts';

/** A call this much slower than the quickest of its kind counts as delayed, in milliseconds. */
const DELAY_SEEN_MS = 100;
/** A delay must stand out from what the machine itself delayed. */
const NOISE_FACTOR = 4;
/** They end calls; a call that is merely late proves none of them. */
const CUTTING: readonly FaultKind[] = ['down', 'reset', 'kill'];

/** Tools that fail by themselves, which proves no fault. */
const SELF_MADE: readonly (string | undefined)[] = ['fail', 'break', 'hang'];
/** Tools that take time by themselves: only where it was noted how much can a delay be told from it. */
const SELF_PACED: readonly (string | undefined)[] = ['slow_increment', 'echo', 'progress'];

/** Why the fault proves nothing, or undefined if it landed. */
export function whyNotLanded(
  receipt: Receipt,
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
  noise: Noise,
  exposed: readonly Operation[] = operations.filter(exposureOf([receipt]).isExposed),
): string | undefined {
  const name = `${receipt.kind} on ${receipt.upstream}`;
  if (receipt.acknowledgedAtMs === undefined) return `${name} was never confirmed to be active`;
  if (needsNoTrace(receipt)) return undefined;
  const [trace] = traceInLedger(receipt, operations, ledger);
  if (trace !== undefined && isMet(trace, ledger)) return undefined;
  const witnesses = exposed.filter(isWitness);
  if (witnesses.some(({ outcome }) => outcome?.type !== 'ok')) return undefined;
  if (witnesses.some((one) => isDelayed(one, receipt, operations, noise))) return undefined;
  return `${name} touched none of the ${exposed.length} calls that it could have`;
}

/** Nothing but a fault explains its failure. */
export function isWitness({ invoke, outcome, giveUp }: Operation): boolean {
  if (outcome === undefined || giveUp !== undefined || invoke.hostile === true) return false;
  return !SELF_MADE.includes(invoke.tool);
}

/** Whether it took so much longer than others of its kind, beyond what it was asked to take, that the fault explains it. */
export function isDelayed(
  operation: Operation,
  { kind }: Receipt,
  all: readonly Operation[],
  noise: Noise,
): boolean {
  const { tool, delayMs: askedMs } = operation.invoke;
  if (CUTTING.includes(kind) || (SELF_PACED.includes(tool) && askedMs === undefined)) return false;
  const delayMs = Math.max(
    DELAY_SEEN_MS,
    NOISE_FACTOR * Math.max(noise.lagMaxMs, noise.probeMaxMs),
  );
  const quickestMs = quickest(all).get(kindOf(operation)) ?? Infinity;
  return tookMs(operation) > quickestMs + delayMs;
}

/** How long it took beyond what the upstream was asked to take, in milliseconds. */
function tookMs({ startMs, endMs, invoke }: Operation): number {
  return endMs - startMs - (invoke.delayMs ?? 0);
}

/** By what was called: how long the quickest took that was answered; who gives up early was not quick. */
const quickest = onceFor((operations: readonly Operation[]) => {
  const shortest = new Map<string, number>();
  for (const one of operations) {
    if (one.outcome?.type !== 'ok' || one.giveUp !== undefined) continue;
    const kind = kindOf(one);
    if (tookMs(one) < (shortest.get(kind) ?? Infinity)) shortest.set(kind, tookMs(one));
  }
  return shortest;
});

function kindOf({ invoke: { method, tool } }: Operation): string {
  return `${method} ${tool ?? ''}`;
}

const givenUp = onceFor(
  (operations: readonly Operation[]): ReadonlySet<string | undefined> =>
    new Set(
      operations.filter(({ giveUp }) => giveUp !== undefined).map(({ invoke }) => invoke.opId),
    ),
);

/** What proves itself: a call of its own, and a DELETE, which a target that sends none cannot miss. */
function needsNoTrace({ kind, opIds, id }: Receipt): boolean {
  if (kind === 'silent-delete') return true;
  return (kind === 'break' || kind === 'hang') && (opIds !== undefined || id.endsWith('-reuse'));
}

/** A new life that nobody asks for anything is met by nobody. */
function isMet(trace: LedgerEntry, ledger: readonly LedgerEntry[]): boolean {
  if (trace.kind !== 'start') return true;
  const lines = linesInOrder(ledger).get(trace.upstream) ?? [];
  return lines.slice(countBefore(lines, trace.atMs)).some((line) => line.kind === 'request');
}

/** The ledger lines that show it: faults that need not make a call fail leave their trace there. */
export function traceInLedger(
  receipt: Receipt,
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
): readonly LedgerEntry[] {
  const { requestedAtMs, healedAtMs } = receipt;
  if ((receipt.kind === 'break' || receipt.kind === 'hang') && receipt.opIds !== undefined) {
    return ownBreaks(receipt, ledger).filter(({ atMs }) => atMs >= requestedAtMs);
  }
  const lines = linesInOrder(ledger).get(receipt.upstream) ?? [];
  const after = lines.slice(countBefore(lines, requestedAtMs));
  const during = after.slice(0, countUpTo(after, healedAtMs ?? Infinity));
  switch (receipt.kind) {
    case 'silent-delete':
      return during.filter((line) => line.kind === 'delete');
    case 'forget-sessions':
      return after.filter((line) => line.kind === 'unknown-session');
    case 'kill':
      return after.filter((line) => line.kind === 'start');
    case 'silent-sessions': {
      const silent = silenced(lines, receipt);
      return after.filter((line) => line.kind === 'request' && silent.has(line.session));
    }
    case 'silent-ping':
      return during.filter((line) => line.kind === 'request' && line.method === 'ping');
    case 'status': {
      const refused = during.filter(
        (line) => line.kind === 'break' && line.how.startsWith('status-'),
      );
      if (refused.length > 0) return refused;
      break;
    }
    default:
      break;
  }
  const abandoned = givenUp(operations);
  // Who hangs up closes a connection, too: that is the client's doing, not the fault's.
  return during.filter(
    (line) => line.kind === 'disconnect' && !(line.opId !== undefined && abandoned.has(line.opId)),
  );
}

/** Those of its own calls. */
function ownBreaks({ opIds = [], upstream }: Receipt, ledger: readonly LedgerEntry[]) {
  const byOpId = breaksByOpId(ledger);
  return [...new Set(opIds)]
    .flatMap((opId) => byOpId.get(opId) ?? [])
    .filter((line) => line.upstream === upstream);
}

const breaksByOpId = onceFor((ledger: readonly LedgerEntry[]) =>
  Map.groupBy(
    ledger.filter((line) => line.kind === 'break'),
    ({ opId }) => opId,
  ),
);

/** By upstream; what was joined late stands at the end of a ledger. */
const linesInOrder = onceFor((ledger: readonly LedgerEntry[]) =>
  Map.groupBy(
    ledger.toSorted((a, b) => a.atMs - b.atMs),
    ({ upstream }) => upstream,
  ),
);

/** The sessions that were open when the fault was asked for. */
function silenced(lines: readonly LedgerEntry[], { requestedAtMs }: Receipt): ReadonlySet<string> {
  const before = lines.filter((line) => line.atMs < requestedAtMs);
  return new Set(before.flatMap((line) => (line.kind === 'initialize' ? [line.session] : [])));
}
