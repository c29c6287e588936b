/**
 * What a fault did, worked out after the run from three witnesses: the tool that carried it out, the
 * fixture's ledger, and what the clients were told. The receipt says that it was active, this says
 * that it mattered.
 */

import type { Noise } from '../checks/check.ts';
import type { Receipt } from '../fault/receipt.ts';
import { exposureOf } from './exposure.ts';
import { opRef, ledgerRef } from './join.ts';
import { isDelayed, isWitness, traceInLedger, whyNotLanded } from './landed.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

export type Sign =
  /** A connection was closed in order. */
  | 'FIN'
  /** A connection was reset. */
  | 'RST'
  /** A connection ended, and the ledger is too old to say how. */
  | 'cut'
  /** A connection was refused. */
  | 'refused'
  | 'delayed'
  /** Nothing came before the deadline. */
  | 'unanswered'
  /** An error was told, in JSON-RPC or by an HTTP status. */
  | 'error'
  /** The fixture began a new life. */
  | 'restarted'
  /** A session was asked for that the fixture no longer knew. */
  | 'forgotten'
  /** Something reached the fixture that it was told to leave unanswered. */
  | 'ignored';

export interface Sighting {
  readonly sign: Sign;
  readonly by: 'tool' | 'ledger' | 'client';
  readonly count: number;
  /** The first of them: `h12`, `counter#e1.5`, or the tool's words. */
  readonly first: string;
}

export interface Effect {
  /** The operations that it could have touched, as `h12`. */
  readonly exposed: readonly string[];
  /** Those of them that show it: failed, delayed, or cut off in the ledger. */
  readonly touched: readonly string[];
  readonly seen: readonly Sighting[];
  /** Why it proves nothing; absent where it landed. */
  readonly whyNot?: string;
}

/** A receipt with what came of it. */
export interface JudgedReceipt extends Receipt {
  readonly effect?: Effect;
}

/** Every receipt with its effect; exposed and touched are in the order of invocation. */
export function withEffects(
  receipts: readonly Receipt[],
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
  noise: Noise,
): readonly JudgedReceipt[] {
  const { faultsOf } = exposureOf(receipts);
  const exposed = new Map<Receipt, Operation[]>(receipts.map((receipt) => [receipt, []]));
  for (const operation of operations) {
    for (const receipt of faultsOf(operation)) exposed.get(receipt)?.push(operation);
  }
  return receipts.map((receipt) => ({
    ...receipt,
    effect: effectOf(receipt, exposed.get(receipt) ?? [], { operations, ledger, noise }),
  }));
}

interface Seen {
  readonly sign: Sign;
  readonly by: Sighting['by'];
  readonly ref: string;
}

interface Scene {
  readonly operations: readonly Operation[];
  readonly ledger: readonly LedgerEntry[];
  readonly noise: Noise;
}

function effectOf(
  receipt: Receipt,
  exposed: readonly Operation[],
  { operations, ledger, noise }: Scene,
): Effect {
  const lines = traceInLedger(receipt, operations, ledger);
  const named = new Set(lines.flatMap((line) => ('opId' in line ? [line.opId] : [])));
  const told = exposed.flatMap((operation) => {
    const sign = signAtClient(operation, receipt, operations, noise);
    return sign === undefined ? [] : [{ operation, sign }];
  });
  const byClient = new Set(told.map(({ operation }) => operation));
  const touched = exposed.filter(
    (one) => byClient.has(one) || (one.invoke.opId !== undefined && named.has(one.invoke.opId)),
  );
  const whyNot = whyNotLanded(receipt, operations, ledger, noise, exposed);
  return {
    exposed: exposed.map(opRef),
    touched: touched.map(opRef),
    seen: counted([
      ...receipt.seen.flatMap(signsOfTool),
      ...lines.map((line): Seen => ({
        sign: signInLedger(line),
        by: 'ledger',
        ref: ledgerRef(line),
      })),
      ...told.map(({ operation, sign }): Seen => ({ sign, by: 'client', ref: opRef(operation) })),
    ]),
    ...(whyNot !== undefined && { whyNot }),
  };
}

function counted(signs: readonly Seen[]): readonly Sighting[] {
  const groups = Map.groupBy(signs, ({ sign, by }) => `${by} ${sign}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ sign: first.sign, by: first.by, count: group.length, first: first.ref }];
  });
}

/** The words of `harness/fault` that tell an effect; what only confirms a setting is none. */
const WORDS: readonly (readonly [RegExp, Sign])[] = [
  [/\bFIN\b/, 'FIN'],
  [/\bRST\b/, 'RST'],
  [/\bECONNREFUSED\b/, 'refused'],
];

function signsOfTool(words: string): readonly Seen[] {
  return WORDS.filter(([pattern]) => pattern.test(words)).map(([, sign]) => ({
    sign,
    by: 'tool',
    ref: words,
  }));
}

function signInLedger(line: LedgerEntry): Sign {
  switch (line.kind) {
    case 'disconnect':
      return line.how ?? 'cut';
    case 'start':
      return 'restarted';
    case 'unknown-session':
      return 'forgotten';
    case 'break':
      return 'error';
    default:
      return 'ignored';
  }
}

function signAtClient(
  operation: Operation,
  receipt: Receipt,
  operations: readonly Operation[],
  noise: Noise,
): Sign | undefined {
  const { outcome, giveUp, invoke } = operation;
  // A call that was asked to break or to hang is its own receipt's touch, however it ended.
  const isOwn = receipt.opIds?.includes(invoke.opId ?? '') === true;
  if (outcome === undefined) return isOwn ? 'unanswered' : undefined;
  if (!isOwn && !isWitness(operation)) return undefined;
  if (giveUp !== undefined) return 'unanswered';
  if (outcome.type === 'ok') {
    return isDelayed(operation, receipt, operations, noise) ? 'delayed' : undefined;
  }
  if (outcome.kind === 'timeout') return 'unanswered';
  if (outcome.kind !== 'transport-error') return 'error';
  if (outcome.code === 'ECONNREFUSED') return 'refused';
  // Node calls a connection that was closed in order before the answer ECONNRESET, too.
  const isReset = outcome.code === 'ECONNRESET' && outcome.message !== 'socket hang up';
  return isReset ? 'RST' : 'FIN';
}
