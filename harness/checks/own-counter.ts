import { agreed } from './agreement.ts';
import { breachOf } from './anomaly-evidence.ts';
import { ORACLE_NAMES, type OracleName } from './oracle-names.ts';
import type { Check, Evidence } from './check.ts';
import { check, type Breach } from './judgement.ts';
import { mayIncrement, toldValue } from '../history/counting.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import { isLedgerAtHand } from '../history/ledger-at-hand.ts';
import { newsBySession } from '../history/news-of-loss.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from '../oracle/anomaly.ts';
import { checkCounter } from '../oracle/check-counter.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import type { Stranger } from '../oracle/strangers.ts';
import { describe, toolCalls } from './selectors.ts';
import { judgeToldValues, type CounterCalls } from './told-values.ts';

/** With another black box than the exact checker, to see what a broken one does. */
export function ownCounterBy(blackBox: typeof checkCounter): Check {
  return check({
    id: 'own-counter',
    title: 'Every session counts for itself, from zero, one by one',
    requirements: ['ISO-02'],
    // Whatever the ledger says went wrong explains why an answer is.
    anomalies: ORACLE_NAMES,
    judges: 'sessions',
    notApplicable: (claims) =>
      claims.sessions === 'per-client'
        ? undefined
        : `the target claims ${claims.sessions} sessions`,
    examine(evidence) {
      const counters = countersIn(evidence);
      const found = findAnomalies(evidence);
      const judged = counters.map((calls) => ({
        calls,
        ...judgeToldValues(calls, evidence.claims, blackBox),
      }));
      const convictions = judged.filter(({ breaches }) => breaches.length > 0);
      const { breaches, disagreement } = agreed(convictions, found, evidence);
      const told = new Set(breaches.flatMap((breach) => breach.evidence));
      const hidden = found.anomalies.flatMap((anomaly) => hiddenBreaches(anomaly, told));
      return {
        examined: counters.reduce((sum, calls) => sum + calls.told.length, 0),
        breaches: [...breaches, ...hidden, ...mixedCounters(found.strangers)],
        ownError: disagreement,
        // Where there is a ledger, it decides.
        inconclusive: isLedgerAtHand(evidence)
          ? undefined
          : judged.find(({ undecided }) => undecided !== undefined)?.undecided,
      };
    },
  });
}

/**
 * Each client session counts alone: what it is told lies between what it was acknowledged and what
 * it asked for, and no increment of another session was applied to the counter it reads. The answers
 * alone are judged first; where the ledger is at hand it must be able to say why they are wrong.
 */
export const ownCounter = ownCounterBy(checkCounter);

/** What each client session did to its counter on each upstream, where it was told a value. */
function countersIn(evidence: Evidence): readonly CounterCalls[] {
  const calls = toolCalls(evidence);
  const newsOf = newsBySession(evidence.operations);
  const asked = Map.groupBy(calls.filter(mayBeApplied), placeOf);
  const told = calls.filter((call) => call.outcome?.type === 'ok' && toldValue(call) !== undefined);
  return [...Map.groupBy(told, placeOf)].map(([place, some]) => {
    const { session, upstream } = (some[0] as Operation).invoke;
    return { told: some, asked: asked.get(place) ?? [], news: newsOf(session, upstream) };
  });
}

/** That a refused one was applied after all is another finding than a counter that counts wrong. */
function mayBeApplied(call: Operation): boolean {
  return mayIncrement(call) && call.outcome?.type !== 'fail';
}

function placeOf({ invoke }: Operation): string {
  return JSON.stringify([invoke.session, invoke.upstream]);
}

/** What the answers alone could not show: an order, or a read that was merely possible. */
function hiddenBreaches(
  anomaly: Anomaly,
  told: ReadonlySet<string>,
): readonly Breach<OracleName>[] {
  const [operation, other] = anomaly.operations;
  if (operation === undefined || told.has(opRef(operation))) return [];
  if (anomaly.name === 'ORDER' && other !== undefined) {
    return [
      breachOf(
        anomaly,
        `${describe(operation)} took effect after ${describe(other)}, which was begun when it had been answered`,
      ),
    ];
  }
  if (anomaly.name !== 'WRONG_VALUE' || mayIncrement(operation)) return [];
  const where =
    anomaly.lines.length === 0
      ? 'no upstream was ever asked'
      : 'its counter never stood there then';
  return [
    breachOf(anomaly, `${describe(operation)} was told ${toldValue(operation)}, and ${where}`),
  ];
}

/** Calls of several client sessions in one upstream session, by the ledger. */
function mixedCounters(strangers: readonly Stranger[]): readonly Breach<OracleName>[] {
  const byHome = Map.groupBy(strangers, ({ home }) => home);
  return [...byHome].flatMap(([home, guests]) => {
    const worst = guests.find(({ name }) => name === 'FOREIGN') ?? guests[0];
    if (worst === undefined) return [];
    const calls = guests.reduce((sum, guest) => sum + guest.calls, 0);
    const names = guests.map(({ session }) => session).join(', ');
    return [
      {
        message: `${calls} calls of ${names} were served by the upstream session of ${worst.owner} on ${home.upstream}`,
        anomaly: worst.name,
        evidence: [worst.ownersFirst, worst.first].flatMap((service) =>
          service === undefined ? [] : [ledgerRef(service.line)],
        ),
      },
    ];
  });
}
