/**
 * The few client sessions that were seen in more than one place, found by comparing each call with the
 * first of its session: only they are looked at closely.
 */

import type { Service } from '../history/join.ts';
import { LINE } from '../history/ledger-columns.ts';
import type { Operation } from '../history/operation.ts';
import type { CaseFile } from './case-file.ts';

/** Requests of client sessions that reached several upstream sessions of one upstream, in any of its lives. */
export function servicesOfMovers({ operations, join, of }: CaseFile): readonly Service[] {
  const { kinds, opAt, homeNumberAt, homes } = join.columns;
  const upstreams = numbered(homes.map(({ upstream }) => upstream));
  const homeOf = new Map<number, number>();
  const movers = new Set<number>();
  for (let place = 0; place < kinds.length; place += 1) {
    const index = opAt[place] as number;
    if (index < 0 || kinds[place] !== LINE.request) continue;
    const client = of.clientOf[index] as number;
    const home = homeNumberAt[place] as number;
    const key = client * homes.length + (upstreams[home] as number);
    const known = homeOf.get(key);
    if (known === undefined) homeOf.set(key, home);
    else if (known !== home) movers.add(client);
  }
  if (movers.size === 0) return [];
  const sessions = new Set<string>();
  of.clientOf.forEach((client, index) => {
    if (movers.has(client)) sessions.add((operations[index] as Operation).invoke.session);
  });
  return join.services.filter(({ operation }) => sessions.has(operation.invoke.session));
}

/** Answered calls of client sessions that were answered out of several states of one upstream. */
export function answersOfMovers({ operations, of }: CaseFile): readonly Operation[] {
  const first = new Map<number, Map<string | undefined, Operation>>();
  const movers = new Set<number>();
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index] as Operation;
    if (!isAnswered(operation)) continue;
    const client = of.clientOf[index] as number;
    const { upstream } = operation.invoke;
    const known = first.get(client)?.get(upstream);
    if (known !== undefined) {
      if (!isSameState(known, operation)) movers.add(client);
    } else if (first.has(client)) first.get(client)?.set(upstream, operation);
    else first.set(client, new Map([[upstream, operation]]));
  }
  if (movers.size === 0) return [];
  return operations.filter(
    (operation, index) => movers.has(of.clientOf[index] as number) && isAnswered(operation),
  );
}

function isAnswered({ invoke, outcome }: Operation): boolean {
  const isCall = invoke.method === 'tools/call' && outcome?.type === 'ok';
  return isCall && outcome.payload?.['nonce'] !== undefined;
}

function isSameState(one: Operation, other: Operation): boolean {
  const [a, b] = [one.outcome?.payload, other.outcome?.payload];
  return a?.['nonce'] === b?.['nonce'] && a?.['epoch'] === b?.['epoch'];
}

/** Equal words get equal numbers. */
function numbered(words: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(words, (word) => {
    const number = numbers.get(word) ?? numbers.size;
    numbers.set(word, number);
    return number;
  });
}
