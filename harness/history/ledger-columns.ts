/**
 * The ledger's lines and what they belong to, as columns of numbers: a million operations are joined
 * without an object for each pair. A place is an index into `lines`, an index one into the operations.
 */

import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';
import { OperationIndex } from './operation-index.ts';
import { upstreamSessionOf, type UpstreamSession } from './upstream-session.ts';

export const LINE = { other: 0, request: 1, apply: 2, answer: 3, initialize: 4 } as const;

const KIND: Readonly<Record<string, number>> = LINE;

export interface LedgerColumns {
  /** In order of time, also where some were joined late. */
  readonly lines: readonly LedgerEntry[];
  /** One of `LINE`. */
  readonly kinds: Uint8Array;
  /** The index of the operation that a line belongs to, or -1. */
  readonly opAt: Int32Array;
  /** The number of the upstream session of a line, or -1 for kinds that need none. */
  readonly homeNumberAt: Int32Array;
  readonly homes: readonly UpstreamSession[];
  readonly homeAt: (place: number) => UpstreamSession;
  readonly homeOf: (line: LedgerEntry & { readonly session: string }) => UpstreamSession;
  /** By opId; -1 for one that nobody issued. */
  readonly indexOf: (opId: string) => number;
  /** Chains of places, first by index and then from place to place; -1 ends them. */
  readonly firstRequest: Int32Array;
  readonly nextRequest: Int32Array;
  readonly firstApply: Int32Array;
  readonly nextApply: Int32Array;
  /** Places of applications for an opId that nobody issued. */
  readonly phantoms: readonly number[];
  /** Places of applications without an opId. */
  readonly nameless: readonly number[];
}

export function ledgerColumns(
  operations: readonly Operation[],
  ledger: readonly LedgerEntry[],
): LedgerColumns {
  const operationIndex = new OperationIndex(operations);
  const lines = inOrder(ledger);
  const requests = new Chains(operations.length, lines.length);
  const applies = new Chains(operations.length, lines.length);
  const kinds = new Uint8Array(lines.length);
  const opAt = new Int32Array(lines.length).fill(-1);
  const homeNumberAt = new Int32Array(lines.length).fill(-1);
  const numbers = new HomeNumbers();
  const phantoms: number[] = [];
  const nameless: number[] = [];
  for (let place = 0; place < lines.length; place += 1) {
    const line = lines[place] as LedgerEntry;
    const kind = KIND[line.kind] ?? LINE.other;
    if (kind === LINE.other || !('session' in line) || line.session === undefined) continue;
    kinds[place] = kind;
    homeNumberAt[place] = numbers.of(line, line.session);
    if (!('opId' in line) || line.opId === undefined) continue;
    const index = operationIndex.near(line.opId);
    opAt[place] = index;
    if (index < 0) {
      if (kind === LINE.apply) (line.opId === '' ? nameless : phantoms).push(place);
    } else if (kind === LINE.apply) applies.add(index, place);
    else if (kind === LINE.request) requests.add(index, place);
  }
  const { homes } = numbers;
  return {
    lines,
    kinds,
    opAt,
    homeNumberAt,
    homes,
    phantoms,
    nameless,
    indexOf: (opId) => operationIndex.of(opId),
    homeAt: (place) => homes[homeNumberAt[place] as number] as UpstreamSession,
    homeOf: (line) => homes[numbers.of(line, line.session)] as UpstreamSession,
    firstRequest: requests.first,
    nextRequest: requests.next,
    firstApply: applies.first,
    nextApply: applies.next,
  };
}

/** What was joined late stands at the end of the ledger, and belongs before. */
function inOrder(ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  let lastMs = -Infinity;
  for (const { atMs } of ledger) {
    if (atMs < lastMs) return ledger.toSorted((a, b) => a.atMs - b.atMs);
    lastMs = atMs;
  }
  return ledger;
}

/** Lists of places, one for each operation. */
class Chains {
  readonly first: Int32Array;
  readonly next: Int32Array;
  readonly #last: Int32Array;

  constructor(operations: number, lines: number) {
    this.first = new Int32Array(operations).fill(-1);
    this.next = new Int32Array(lines).fill(-1);
    this.#last = new Int32Array(operations);
  }

  add(index: number, place: number): void {
    if (this.first[index] === -1) this.first[index] = place;
    else this.next[this.#last[index] as number] = place;
    this.#last[index] = place;
  }
}

/** Each upstream session is one object and one number, so that its key is spelled once. */
class HomeNumbers {
  readonly homes: UpstreamSession[] = [];
  readonly #bySession = new Map<string, number[]>();

  of(line: LedgerEntry, session: string): number {
    const known = this.#bySession.get(session);
    if (known !== undefined) {
      for (const number of known) {
        const { upstream, epoch } = this.homes[number] as UpstreamSession;
        if (upstream === line.upstream && epoch === line.epoch) return number;
      }
    }
    const number = this.homes.length;
    this.homes.push(upstreamSessionOf({ ...line, session }));
    if (known === undefined) this.#bySession.set(session, [number]);
    else known.push(number);
    return number;
  }
}
