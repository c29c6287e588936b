/** Answers that went to another request, and requests that went where they were not sent. */

import type { FactValues } from '../history/facts.ts';
import { LINE } from '../history/ledger-columns.ts';
import type { Join } from '../history/join.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly, Variant } from './anomaly.ts';
import type { CaseFile } from './case-file.ts';

type Initialize = LedgerEntry & { readonly kind: 'initialize' };

export function routingAnomalies(about: CaseFile): readonly Anomaly[] {
  const { operations, ledger, join } = about;
  const opened = Map.groupBy(
    ledger.filter((line) => line.kind === 'initialize'),
    ({ nonce }) => nonce,
  );
  const isAtHome = inOwnSession(about);
  const found: Anomaly[] = [...strangers(about)];
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index] as Operation;
    const isForeign = hasForeignAnswer(operation);
    if (!isForeign && isAtHome(operation, index)) continue;
    const one = isForeign
      ? ofAnswer(operation, join)
      : (ofUpstream(operation, join) ?? ofSession(operation, join, opened));
    if (one !== undefined) found.push(one);
  }
  return found;
}

/** By far the most: asked first of the upstream that was meant, and answered by the session that was asked. */
function inOwnSession({ join }: CaseFile): (operation: Operation, index: number) => boolean {
  const { lines, kinds, homeNumberAt, homes, firstRequest } = join.columns;
  const nonces = new Map<number, string>();
  kinds.forEach((kind, place) => {
    if (kind !== LINE.initialize) return;
    nonces.set(homeNumberAt[place] as number, (lines[place] as Initialize).nonce);
  });
  return ({ invoke, outcome }, index) => {
    const place = firstRequest[index] as number;
    if (place < 0) return false;
    const number = homeNumberAt[place] as number;
    const { upstream, epoch } = homes[number] as UpstreamSession;
    if (invoke.upstream !== undefined && invoke.upstream !== upstream) return false;
    const payload = outcome?.payload;
    if (payload === undefined || payload['nonce'] === undefined) return true;
    return payload['nonce'] === nonces.get(number) && payload['epoch'] === epoch;
  };
}

/** Under an id that no request on its stream had. */
function strangers({ events, operations }: CaseFile): readonly Anomaly[] {
  const seen = events
    .filter((event) => event.kind === 'fact')
    .filter(({ name }) => name === 'foreign-answer');
  if (seen.length === 0) return [];
  const byOp = new Map(operations.map((operation) => [operation.invoke.op, operation]));
  return seen.map(({ seq, value }) => {
    const { session, op } = value as FactValues['foreign-answer'];
    const asked = byOp.get(op);
    return {
      name: 'MISROUTED',
      variant: 'id',
      session,
      operations: asked === undefined ? [] : [asked],
      lines: [],
      events: [seq],
    };
  });
}

function ofAnswer(operation: Operation, join: Join): Anomaly {
  const { opId } = operation.outcome?.payload ?? {};
  const asked = typeof opId === 'string' ? join.operationOf(opId) : undefined;
  const owner = asked === undefined || asked === operation ? [] : [asked];
  return misrouted('answer', operation, [], owner);
}

function ofUpstream(operation: Operation, join: Join): Anomaly | undefined {
  const asked = operation.invoke.upstream;
  if (asked === undefined) return undefined;
  const lines = reachedBy(operation, join);
  if (lines.length === 0 || lines.some(({ upstream }) => upstream === asked)) return undefined;
  return misrouted('upstream', operation, lines);
}

/** Its requests and its applications: of what was joined late there are only the latter. */
function reachedBy(operation: Operation, join: Join): readonly LedgerEntry[] {
  const requests = join.servicesOf(operation).map(({ line }) => line);
  return [...requests, ...join.applicationsOf(operation.invoke.opId ?? '')];
}

/** Two upstreams may have given the same nonce, so every session that has it could have answered. */
function ofSession(
  operation: Operation,
  join: Join,
  opened: ReadonlyMap<unknown, readonly Initialize[]>,
): Anomaly | undefined {
  const { nonce, epoch } = operation.outcome?.payload ?? {};
  const named = opened.get(nonce) ?? [];
  const homes = named.filter((line) => epoch === undefined || line.epoch === epoch);
  const services = join.servicesOf(operation);
  const [home] = homes;
  if (home === undefined || services.length === 0) return undefined;
  const could = new Set<UpstreamSession>(homes.map(join.homeOf));
  if (services.some(({ upstreamSession }) => could.has(upstreamSession))) return undefined;
  return misrouted('session', operation, [home]);
}

function misrouted(
  variant: Variant,
  operation: Operation,
  lines: readonly LedgerEntry[],
  others: readonly Operation[] = [],
): Anomaly {
  const { session, upstream } = operation.invoke;
  const operations = [operation, ...others];
  return {
    name: 'MISROUTED',
    variant,
    session,
    operations,
    lines,
    ...(upstream !== undefined && { upstream }),
  };
}

/** The answer says itself that it belongs to another request. */
function hasForeignAnswer({ invoke, outcome }: Operation): boolean {
  const payload = outcome?.payload;
  if (payload === undefined) return false;
  return differ(invoke.opId, payload['opId']) || differ(invoke.tag, payload['tag']);
}

function differ(mine: unknown, echoed: unknown): boolean {
  return mine !== undefined && echoed !== undefined && mine !== echoed;
}
