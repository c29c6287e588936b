/** The ledger joined with the history by opId: who was served where, and what was applied for whom. */

import type { LedgerEntry } from './ledger.ts';
import type { Operation } from './operation.ts';

export type Apply = LedgerEntry & { readonly kind: 'apply' };
type Request = LedgerEntry & { readonly kind: 'request' };

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
  applicationsOf(opId: string): readonly Apply[];
  /** Ledger applications whose opId no client issued; an empty one was lost on the way and says nothing. */
  readonly phantoms: readonly Apply[];
  /** Every request of a client that reached an upstream, in ledger order. */
  readonly services: readonly Service[];
}

export function joinLedger(operations: readonly Operation[], ledger: readonly LedgerEntry[]): Join {
  const byOpId = new Map(
    operations
      .filter((operation) => operation.invoke.opId !== undefined)
      .map((operation) => [operation.invoke.opId, operation]),
  );
  const applies = ledger.filter((line) => line.kind === 'apply');
  const applied = Map.groupBy(applies, (line) => line.opId);
  const services: Service[] = [];
  for (const line of ledger) {
    if (line.kind !== 'request' || line.opId === undefined) continue;
    const operation = byOpId.get(line.opId);
    if (operation === undefined) continue;
    services.push({ operation, line, upstreamSession: upstreamSessionOf(line) });
  }
  return {
    applicationsOf: (opId) => applied.get(opId) ?? [],
    phantoms: applies.filter((line) => line.opId !== '' && !byOpId.has(line.opId)),
    services,
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
