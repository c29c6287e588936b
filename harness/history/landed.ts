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
  if (isSeenInLedger(receipt, ledger, givenUp(operations))) return undefined;
  const exposure = exposureOf([receipt]);
  const exposed = operations.filter((operation) => exposure.isExposed(operation));
  const witnesses = exposed.filter(isWitness);
  if (witnesses.some(({ outcome }) => outcome?.type !== 'ok')) return undefined;
  const delayMs = Math.max(
    DELAY_SEEN_MS,
    NOISE_FACTOR * Math.max(noise.lagMaxMs, noise.probeMaxMs),
  );
  const isDelaying = !CUTTING.includes(receipt.kind);
  if (isDelaying && witnesses.some((one) => isDelayed(one, operations, delayMs))) return undefined;
  return `${name} touched none of the ${exposed.length} calls that it could have`;
}

/** Nothing but a fault explains its failure. */
function isWitness({ invoke, outcome, giveUp }: Operation): boolean {
  if (outcome === undefined || giveUp !== undefined || invoke.hostile === true) return false;
  return !SELF_MADE.includes(invoke.tool);
}

function isDelayed(operation: Operation, all: readonly Operation[], delayMs: number): boolean {
  const { method, tool } = operation.invoke;
  if (SELF_PACED.includes(tool)) return false;
  const durations = all
    .filter(
      ({ invoke, endMs }) => invoke.method === method && invoke.tool === tool && endMs < Infinity,
    )
    .map((other) => other.endMs - other.startMs);
  return operation.endMs - operation.startMs > Math.min(...durations) + delayMs;
}

function givenUp(operations: readonly Operation[]): ReadonlySet<string | undefined> {
  return new Set(
    operations.filter(({ giveUp }) => giveUp !== undefined).map(({ invoke }) => invoke.opId),
  );
}

/** Faults that need not make a call fail leave their trace in the ledger. */
function isSeenInLedger(
  receipt: Receipt,
  ledger: readonly LedgerEntry[],
  abandoned: ReadonlySet<string | undefined>,
): boolean {
  const lines = ledger.filter((line) => line.upstream === receipt.upstream);
  const after = lines.filter((line) => line.atMs >= receipt.requestedAtMs);
  const during = after.filter((line) => line.atMs <= (receipt.healedAtMs ?? Infinity));
  switch (receipt.kind) {
    // A target that never sends DELETE cannot wait for its answer either: there is nothing to touch.
    case 'silent-delete':
      return true;
    case 'break':
    case 'hang':
      if (receipt.opIds !== undefined || receipt.id.endsWith('-reuse')) return true;
      break;
    case 'forget-sessions':
      return after.some((line) => line.kind === 'unknown-session');
    case 'kill':
      return after.some((line) => line.kind === 'start');
    case 'silent-sessions':
      return after.some(
        (line) => line.kind === 'request' && silenced(lines, receipt).has(line.session),
      );
    case 'silent-ping':
      return during.some((line) => line.kind === 'request' && line.method === 'ping');
    case 'status':
      if (during.some((line) => line.kind === 'break' && line.how.startsWith('status-')))
        return true;
      break;
    default:
      break;
  }
  // Who hangs up closes a connection, too: that is the client's doing, not the fault's.
  return during.some(
    (line) => line.kind === 'disconnect' && !(line.opId !== undefined && abandoned.has(line.opId)),
  );
}

/** The sessions that were open when the fault was asked for. */
function silenced(lines: readonly LedgerEntry[], { requestedAtMs }: Receipt): ReadonlySet<string> {
  const before = lines.filter((line) => line.atMs < requestedAtMs);
  return new Set(before.flatMap((line) => (line.kind === 'initialize' ? [line.session] : [])));
}
