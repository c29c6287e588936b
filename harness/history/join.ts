/** The ledger joined with the history by opId: who was served where, and what was applied for whom. */

import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

export type Apply = LedgerEntry & { readonly kind: 'apply' };
export type Request = LedgerEntry & { readonly kind: 'request' };

/** One upstream session, unique over upstreams and epochs. */
export interface UpstreamSession {
  readonly key: string;
  readonly upstream: string;
  readonly epoch: string;
  readonly session: string;
}

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
  /** Ledger applications whose opId no client issued; an empty one was lost on the way and says nothing. */
  readonly phantoms: readonly Apply[];
  /** Every request of a client that reached an upstream, in ledger order. */
  readonly services: readonly Service[];
}

const NONE: readonly never[] = [];

export function joinLedger(operations: readonly Operation[], ledger: readonly LedgerEntry[]): Join {
  const byOpId = new Map<string, Operation>();
  for (const operation of operations) {
    const { opId } = operation.invoke;
    if (opId !== undefined) byOpId.set(opId, operation);
  }
  const homeOf = homes();
  const applied = new Map<string, Apply[]>();
  const served = new Map<string, Service[]>();
  const services: Service[] = [];
  const phantoms: Apply[] = [];
  for (const line of ledger) {
    if (line.kind === 'apply') {
      put(applied, line.opId, line);
      if (line.opId !== '' && !byOpId.has(line.opId)) phantoms.push(line);
    } else if (line.kind === 'request' && line.opId !== undefined) {
      const operation = byOpId.get(line.opId);
      if (operation === undefined) continue;
      const service = { operation, line, upstreamSession: homeOf(line) };
      services.push(service);
      put(served, line.opId, service);
    }
  }
  return {
    applicationsOf: (opId) => applied.get(opId) ?? NONE,
    servicesOf: ({ invoke }) => served.get(invoke.opId ?? '') ?? NONE,
    operationOf: (opId) => byOpId.get(opId),
    homeOf,
    phantoms,
    services,
  };
}

function put<T>(into: Map<string, T[]>, key: string, value: T): void {
  const list = into.get(key);
  if (list === undefined) into.set(key, [value]);
  else list.push(value);
}

/** Each upstream session is one object, so that a million lines need not spell its key. */
function homes(): Join['homeOf'] {
  const bySession = new Map<string, UpstreamSession[]>();
  return (line) => {
    const known = bySession
      .get(line.session)
      ?.find(({ upstream, epoch }) => upstream === line.upstream && epoch === line.epoch);
    if (known !== undefined) return known;
    const home = upstreamSessionOf(line);
    put(bySession, line.session, home);
    return home;
  };
}

export function upstreamSessionOf(
  line: LedgerEntry & { readonly session: string },
): UpstreamSession {
  const { upstream, epoch, session } = line;
  return { key: `${upstream}/${epoch}/${session}`, upstream, epoch, session };
}

/** How findings point at a ledger line. */
export function ledgerRef(line: LedgerEntry): string {
  return `${line.upstream}#${line.epoch}.${line.seq}`;
}

/** How findings point at an operation. */
export function opRef(operation: Operation): string {
  return `h${operation.invoke.seq}`;
}
