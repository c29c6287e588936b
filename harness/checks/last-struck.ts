/**
 * What may cost a session its state: a fault on its upstream, a change of that, and a call of its own
 * that broke. After it, and only then, news of a loss is honest.
 */

import type { FactValues } from '../history/facts.ts';
import { countUpTo } from '../history/in-time-order.ts';
import { onceFor } from '../history/once-for.ts';
import type { Operation } from '../history/operation.ts';
import type { Evidence } from './check.ts';
import { facts } from './selectors.ts';

/** When something last happened that can have cost the session its state before this call ended; -Infinity: never. */
export function lastStruckMs({ invoke, startMs, endMs }: Operation, evidence: Evidence): number {
  const { onUpstream, inSession } = strikesIn(evidence);
  const { session, upstream } = invoke;
  return Math.max(
    latest(onUpstream.get(upstream) ?? [], endMs),
    // A call that broke can cost its own session its state, and no sibling that ran beside it.
    latest(inSession.get(JSON.stringify([session, upstream])) ?? [], startMs),
  );
}

interface Strike {
  readonly atMs: number;
}

function latest(strikes: readonly Strike[], untilMs: number): number {
  return strikes[countUpTo(strikes, untilMs) - 1]?.atMs ?? -Infinity;
}

/** In order of time: by upstream, and under undefined those on any; so by session and upstream. */
const strikesIn = onceFor((evidence: Evidence) => {
  const { receipts, operations } = evidence;
  const sessionOf = new Map(operations.map(({ invoke }) => [invoke.opId, invoke.session]));
  const wide: (Strike & { readonly upstream: string })[] = [];
  const own: (Strike & { readonly upstream: string; readonly session: string })[] = [];
  for (const { kind, opIds, upstream, requestedAtMs, acknowledgedAtMs = Infinity } of receipts) {
    if (opIds === undefined && kind !== 'break') wide.push({ upstream, atMs: requestedAtMs });
    for (const session of new Set(opIds?.map((opId) => sessionOf.get(opId)))) {
      if (session !== undefined) own.push({ session, upstream, atMs: acknowledgedAtMs });
    }
  }
  for (const { value, atMs } of facts(evidence, 'upstream-changed')) {
    const { upstream, change } = value as FactValues['upstream-changed'];
    if (change !== 'cosmetic') wide.push({ upstream, atMs });
  }
  return {
    onUpstream: inOrder(wide, ({ upstream }) => [upstream, undefined]),
    inSession: inOrder(own, ({ session, upstream }) => [
      JSON.stringify([session, upstream]),
      JSON.stringify([session, undefined]),
    ]),
  };
});

/** Each under all of its keys. */
function inOrder<S extends Strike>(
  strikes: readonly S[],
  keysOf: (strike: S) => readonly (string | undefined)[],
): ReadonlyMap<string | undefined, readonly Strike[]> {
  const groups = new Map<string | undefined, Strike[]>();
  for (const strike of strikes.toSorted((a, b) => a.atMs - b.atMs)) {
    for (const key of keysOf(strike)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [strike]);
      else group.push(strike);
    }
  }
  return groups;
}
