/**
 * The black box against the white one. What the answers alone convict, the ledger must be able to
 * explain by an anomaly: otherwise one of our own checkers is wrong, and nobody is to blame for that.
 */

import type { Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger } from '../history/join.ts';
import { upstreamSessionOf } from '../history/upstream-session.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { ANOMALIES, type Anomaly } from '../oracle/anomaly.ts';
import type { Findings } from '../oracle/find-anomalies.ts';
import type { CounterCalls } from './told-values.ts';

export interface Conviction {
  readonly calls: CounterCalls;
  readonly breaches: readonly Breach[];
}

export interface Agreed {
  /** The breaches that the ledger explains, with what it calls them; all of them where there is no ledger. */
  readonly breaches: readonly Breach[];
  /** One sentence for the first conviction that the ledger contradicts. */
  readonly disagreement?: string;
}

const CHEAPEST_FIRST = Object.keys(ANOMALIES);

export function agreed(
  convictions: readonly Conviction[],
  found: Findings,
  evidence: Evidence,
): Agreed {
  const isLedgerAtHand = evidence.ledger.some((line) => line.kind === 'request');
  if (!isLedgerAtHand) return { breaches: convictions.flatMap(({ breaches }) => breaches) };
  const breaches: Breach[] = [];
  let disagreement: string | undefined;
  for (const conviction of convictions) {
    const why = reasonOf(conviction.calls, found, evidence);
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

/** The cheapest thing that the ledger says went wrong with this counter or its client's calls. */
function reasonOf(
  { told }: CounterCalls,
  { anomalies, moves }: Findings,
  { operations, ledger }: Evidence,
): Anomaly | undefined {
  const { session, upstream } = told[0]?.invoke ?? {};
  const join = joinLedger(operations, ledger);
  const calls = new Set(told);
  const homes = new Set(
    told.flatMap(join.servicesOf).map(({ upstreamSession }) => upstreamSession.key),
  );
  const isOnCounter = (line: LedgerEntry): boolean =>
    line.kind === 'apply' && homes.has(upstreamSessionOf(line).key);
  return [...anomalies, ...moves]
    .filter(
      (one) =>
        (one.session === session && (one.upstream ?? upstream) === upstream) ||
        one.operations.some((operation) => calls.has(operation)) ||
        one.lines.some(isOnCounter),
    )
    .toSorted((a, b) => CHEAPEST_FIRST.indexOf(a.name) - CHEAPEST_FIRST.indexOf(b.name))[0];
}
