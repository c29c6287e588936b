/** The ledger joined with the history by opId: who was served where, and what was applied for whom. */

import { LINE, ledgerColumns, type LedgerColumns } from './ledger-columns.ts';
import type { LedgerEntry } from './ledger.ts';
import { onceFor } from './once-for.ts';
import type { UpstreamSession } from './upstream-session.ts';
import type { Operation } from './operation.ts';

export type Apply = LedgerEntry & { readonly kind: 'apply' };
export type Request = LedgerEntry & { readonly kind: 'request' };

/** A client session's first call that an upstream session was seen to receive. */
export interface Service {
  readonly operation: Operation;
  readonly upstreamSession: UpstreamSession;
  readonly line: Request;
}

export interface Join {
  readonly applicationsOf: (opId: string) => readonly Apply[];
  /** The requests for this operation that reached an upstream, in ledger order: none, one, or a replay. */
  readonly servicesOf: (operation: Operation) => readonly Service[];
  readonly operationOf: (opId: string) => Operation | undefined;
  /** The one object for the upstream session of a line. */
  readonly homeOf: (line: LedgerEntry & { readonly session: string }) => UpstreamSession;
  /** Ledger applications whose opId no client issued; an empty one may have been lost on the way. */
  readonly phantoms: readonly Apply[];
  /** Every request of a client that reached an upstream, in ledger order. */
  readonly services: readonly Service[];
  readonly columns: LedgerColumns;
}

/** Joined once for each recording, however many ask. */
export function joinLedger(operations: readonly Operation[], ledger: readonly LedgerEntry[]): Join {
  return joinsOf(operations)(ledger);
}

const joinsOf = onceFor((operations: readonly Operation[]) =>
  onceFor((ledger: readonly LedgerEntry[]) => joined(operations, ledger)),
);

function joined(operations: readonly Operation[], ledger: readonly LedgerEntry[]): Join {
  const columns = ledgerColumns(operations, ledger);
  const { lines, homeAt, indexOf, firstRequest, nextRequest, firstApply, nextApply } = columns;
  const serviceAt = (place: number, operation: Operation): Service => ({
    operation,
    line: lines[place] as Request,
    upstreamSession: homeAt(place),
  });
  let services: readonly Service[] | undefined;
  return {
    columns,
    homeOf: columns.homeOf,
    applicationsOf: (opId) =>
      along(firstApply, nextApply, indexOf(opId)).map((place) => lines[place] as Apply),
    servicesOf: (operation) =>
      along(firstRequest, nextRequest, indexOf(operation.invoke.opId ?? '')).map((place) =>
        serviceAt(place, operation),
      ),
    operationOf: (opId) => operations[indexOf(opId)],
    phantoms: columns.phantoms.map((place) => lines[place] as Apply),
    get services() {
      services ??= requestPlaces(columns).map((place) =>
        serviceAt(place, operations[columns.opAt[place] as number] as Operation),
      );
      return services;
    },
  };
}

/** The places of a chain, from its first. */
function along(first: Int32Array, next: Int32Array, index: number): readonly number[] {
  const places: number[] = [];
  if (index < 0) return places;
  for (let at = first[index] as number; at >= 0; at = next[at] as number) places.push(at);
  return places;
}

function requestPlaces({ kinds, opAt }: LedgerColumns): readonly number[] {
  const places: number[] = [];
  kinds.forEach((kind, place) => {
    if (kind === LINE.request && (opAt[place] as number) >= 0) places.push(place);
  });
  return places;
}

/** How findings point at a ledger line. */
export function ledgerRef(line: LedgerEntry): string {
  return `${line.upstream}#${line.epoch}.${line.seq}`;
}

/** How findings point at an operation. */
export function opRef(operation: Operation): string {
  return `h${operation.invoke.seq}`;
}
