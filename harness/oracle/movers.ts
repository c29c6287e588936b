/**
 * The few client sessions that were seen in more than one place, found by comparing each call with the
 * first of its session: only they are looked at closely.
 */

import type { Service } from '../history/join.ts';
import { LINE } from '../history/ledger-columns.ts';
import type { Operation } from '../history/operation.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { CaseFile } from './case-file.ts';

/** Requests of client sessions that reached several upstream sessions of one upstream, in any of its lives. */
export function servicesOfMovers({ operations, join, of }: CaseFile): readonly Service[] {
  const { kinds, opAt, homeNumberAt, homes } = join.columns;
  const firsts = new Firsts<number>();
  const movers = new Set<string>();
  opAt.forEach((index, place) => {
    if (index < 0 || kinds[place] !== LINE.request) return;
    const home = homeNumberAt[place] as number;
    const { upstream } = homes[home] as UpstreamSession;
    const first = firsts.of(of.clientOf[index] as number, upstream, home);
    if (first !== home) movers.add((operations[index] as Operation).invoke.session);
  });
  if (movers.size === 0) return [];
  return join.services.filter(({ operation }) => movers.has(operation.invoke.session));
}

/** Answered calls of client sessions that were answered out of several states of one upstream. */
export function answersOfMovers({ operations, of }: CaseFile): readonly Operation[] {
  const firsts = new Firsts<Payload>();
  const movers = new Set<string>();
  operations.forEach((operation, index) => {
    const state = stateIn(operation);
    if (state === undefined) return;
    const { session, upstream } = operation.invoke;
    const first = firsts.of(of.clientOf[index] as number, upstream, state);
    if (!isSameState(first, state)) movers.add(session);
  });
  if (movers.size === 0) return [];
  return operations.filter(
    (operation) => movers.has(operation.invoke.session) && stateIn(operation) !== undefined,
  );
}

type Payload = Readonly<Record<string, unknown>>;

/** The answer to a call, where it says what it came out of. */
function stateIn({ invoke, outcome }: Operation): Payload | undefined {
  if (invoke.method !== 'tools/call' || outcome?.type !== 'ok') return undefined;
  const { payload } = outcome;
  return payload?.['nonce'] === undefined ? undefined : payload;
}

function isSameState(one: Payload, other: Payload): boolean {
  return one['nonce'] === other['nonce'] && one['epoch'] === other['epoch'];
}

/** What each client session was first seen with, for each upstream. */
class Firsts<T> {
  readonly #ofClient: Map<string | undefined, T>[] = [];

  /** The first of it: this one, if there was none. */
  of(client: number, upstream: string | undefined, one: T): T {
    const seen = (this.#ofClient[client] ??= new Map());
    const first = seen.get(upstream);
    if (first === undefined) seen.set(upstream, one);
    return first ?? one;
  }
}
