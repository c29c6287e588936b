/** Whether a fault did anything. A fault that touched nothing proves nothing, whatever was green. */

import type { Noise } from '../checks/check.ts';
import type { FaultKind, Receipt } from '../fault/receipt.ts';
import { exposureOf } from './exposure.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

/** A call this much slower than the quickest of its kind counts as delayed, in milliseconds. */
const DELAY_SEEN_MS = 100;
/** A delay must stand out from what the machine itself delayed. */
const NOISE_FACTOR = 4;
/** They end calls; a call that is merely late proves none of them. */
const CUTTING: readonly FaultKind[] = ['down', 'reset', 'kill'];

/** Tools that take time or fail by themselves: neither proves that a fault touched them. */
const SELF_MADE: readonly (string | undefined)[] = ['fail', 'break', 'hang'];
const SELF_PACED: readonly (string | undefined)[] = ['slow_increment', 'echo', 'progress'];

/** Why the fault proves nothing, or undefined if it landed. */
export function whyNotLanded(
  receipt: Receipt,
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
  noise: Noise,
): string | undefined {
  const name = `${receipt.kind} on ${receipt.upstream}`;
  if (receipt.acknowledgedAtMs === undefined) return `${name} was never confirmed to be active`;
  if (needsNoTrace(receipt)) return undefined;
  if (traceInLedger(receipt, operations, ledger).length > 0) return undefined;
  const exposed = operations.filter(exposureOf([receipt]).isExposed);
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

/** Whether it took so much longer than others of its kind that the fault explains it. */
export function isDelayed(
  operation: Operation,
  { kind }: Receipt,
  all: readonly Operation[],
  noise: Noise,
): boolean {
  const { method, tool } = operation.invoke;
  if (CUTTING.includes(kind) || SELF_PACED.includes(tool)) return false;
  const durations = all
    .filter(
      ({ invoke, endMs }) => invoke.method === method && invoke.tool === tool && endMs < Infinity,
    )
    .map((other) => other.endMs - other.startMs);
  const delayMs = Math.max(
    DELAY_SEEN_MS,
    NOISE_FACTOR * Math.max(noise.lagMaxMs, noise.probeMaxMs),
  );
  return operation.endMs - operation.startMs > Math.min(...durations) + delayMs;
}

function givenUp(operations: readonly Operation[]): ReadonlySet<string | undefined> {
  return new Set(
    operations.filter(({ giveUp }) => giveUp !== undefined).map(({ invoke }) => invoke.opId),
  );
}

/** What proves itself: a call of its own, and a DELETE, which a target that sends none cannot miss. */
function needsNoTrace({ kind, opIds, id }: Receipt): boolean {
  if (kind === 'silent-delete') return true;
  return (kind === 'break' || kind === 'hang') && (opIds !== undefined || id.endsWith('-reuse'));
}

/** The ledger lines that show it: faults that need not make a call fail leave their trace there. */
export function traceInLedger(
  receipt: Receipt,
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
): readonly LedgerEntry[] {
  const lines = ledger.filter((line) => line.upstream === receipt.upstream);
  const after = lines.filter((line) => line.atMs >= receipt.requestedAtMs);
  const during = after.filter((line) => line.atMs <= (receipt.healedAtMs ?? Infinity));
  switch (receipt.kind) {
    case 'silent-delete':
      return during.filter((line) => line.kind === 'delete');
    case 'break':
    case 'hang':
      if (receipt.opIds === undefined) break;
      return after.filter((line) => line.kind === 'break' && isOf(receipt, line.opId));
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

function isOf({ opIds }: Receipt, opId: string | undefined): boolean {
  return opId !== undefined && opIds?.includes(opId) === true;
}

/** The sessions that were open when the fault was asked for. */
function silenced(lines: readonly LedgerEntry[], { requestedAtMs }: Receipt): ReadonlySet<string> {
  const before = lines.filter((line) => line.atMs < requestedAtMs);
  return new Set(before.flatMap((line) => (line.kind === 'initialize' ? [line.session] : [])));
}
