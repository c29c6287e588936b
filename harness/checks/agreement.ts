/**
 * The black box against the white one. What the answers alone convict, the ledger must be able to
 * explain by an anomaly: otherwise one of our own checkers is wrong, and nobody is to blame for that.
 */

import type { OracleName } from './oracle-names.ts';
import type { Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import { ANOMALIES, type Anomaly } from '../oracle/anomaly.ts';
import type { Findings } from '../oracle/find-anomalies.ts';
import type { CounterCalls } from './told-values.ts';

export interface Conviction {
  readonly calls: CounterCalls;
  readonly breaches: readonly Breach<OracleName>[];
}

export interface Agreed {
  /** The breaches that the ledger explains, with what it calls them; all of them where there is no ledger. */
  readonly breaches: readonly Breach<OracleName>[];
  /** One sentence for the first conviction that the ledger contradicts. */
  readonly disagreement?: string;
}

const CHEAPEST_FIRST = Object.keys(ANOMALIES);

export function agreed(
  convictions: readonly Conviction[],
  found: Findings,
  evidence: Evidence,
): Agreed {
  // Where no upstream was asked, or none kept a ledger, there is nothing to contradict the answers.
  const isAnyAsked = evidence.ledger.some((line) => line.kind === 'request');
  if (!isAnyAsked) return { breaches: convictions.flatMap(({ breaches }) => breaches) };
  const breaches: Breach<OracleName>[] = [];
  let disagreement: string | undefined;
  const reasonOf = reasonsIn(found, evidence);
  for (const conviction of convictions) {
    const why = reasonOf(conviction.calls);
    if (why === undefined) disagreement ??= sentence(conviction);
    else breaches.push(...conviction.breaches.map((one) => ({ ...one, anomaly: why.name })));
  }
  return { breaches, ...(disagreement !== undefined && { disagreement }) };
}

function sentence({ calls: { told } }: Conviction): string {
  const { session, upstream = 'its upstream' } = told[0]?.invoke ?? {};
  return (
    `our own checkers contradict each other about the counter of ${session} on ${upstream}: the answers ` +
    `alone convict it, and the ledger explains them; this is a bug of mcp-gauntlet, please report it with the bundle`
  );
}

/** The cheapest thing that the ledger says went wrong with a counter or its client's calls. */
function reasonsIn(
  { anomalies, moves }: Findings,
  { operations, ledger }: Evidence,
): (calls: CounterCalls) => Anomaly | undefined {
  const join = joinLedger(operations, ledger);
  const cheapestFirst = [...anomalies, ...moves].toSorted(
    (a, b) => CHEAPEST_FIRST.indexOf(a.name) - CHEAPEST_FIRST.indexOf(b.name),
  );
  const rankOf = new Map(cheapestFirst.map((one, place) => [one, place]));
  const bySession = Map.groupBy(cheapestFirst, ({ session }) => session);
  // What befell a call, or was applied to a counter.
  const byPart = new Map<Operation | UpstreamSession, Anomaly>();
  for (const one of cheapestFirst) {
    const applies = one.lines.filter((line) => line.kind === 'apply');
    for (const part of [...one.operations, ...applies.map(join.homeOf)]) {
      if (!byPart.has(part)) byPart.set(part, one);
    }
  }
  return ({ told }) => {
    const { session = '', upstream } = told[0]?.invoke ?? {};
    const homes = told.flatMap(join.servicesOf).map(({ upstreamSession }) => upstreamSession);
    const ofClient = bySession.get(session)?.find((one) => (one.upstream ?? upstream) === upstream);
    const parts = [...told, ...homes].map((part) => byPart.get(part));
    return [ofClient, ...parts].reduce((cheapest, one) =>
      cheapest === undefined || (one && rank(one) < rank(cheapest)) ? one : cheapest,
    );
  };

  function rank(one: Anomaly): number {
    return rankOf.get(one) as number;
  }
}
