import { check, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger, ledgerRef, type Service } from '../history/join.ts';
import { exposure, newsOfLoss, wasToldBefore } from './selectors.ts';

/**
 * A new upstream session per call loses state as surely as a shared one leaks it. Only news of loss
 * or a new life of the upstream justifies another one.
 */
export const oneUpstreamSession = check({
  id: 'one-upstream-session',
  title: 'A client session keeps one upstream session of its own per upstream',
  requirements: ['SES-19', 'ISO-02'],
  judges: 'sessions',
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const { services } = joinLedger(evidence.operations, evidence.ledger);
    const { isExposed } = exposure(evidence);
    // What a fault took with it says nothing about where the session lives.
    const settled = services.filter(
      ({ operation }) => operation.outcome?.type === 'ok' || !isExposed(operation),
    );
    const groups = Map.groupBy(settled, ({ operation, upstreamSession: { upstream, epoch } }) =>
      JSON.stringify([operation.invoke.session, upstream, epoch]),
    );
    const breaches = [...groups.values()].flatMap((calls) => breachOf(calls, evidence));
    return { examined: groups.size, breaches };
  },
});

function breachOf(calls: readonly Service[], evidence: Evidence): readonly Breach[] {
  const homes = [...Map.groupBy(calls, (call) => call.upstreamSession.key).values()];
  const firsts = homes.flatMap((home) => home.slice(0, 1));
  const [first] = firsts;
  const isUntold = homes
    .slice(1)
    .some((home, index) => !wasTold(homes[index] ?? [], home, evidence));
  if (first === undefined || !isUntold) return [];
  const message =
    `${first.operation.invoke.session} was served by ${homes.length} upstream sessions on ` +
    `${first.upstreamSession.upstream} in ${calls.length} calls`;
  return [{ message, evidence: firsts.map(({ line }) => ledgerRef(line)) }];
}

function wasTold(old: readonly Service[], home: readonly Service[], evidence: Evidence): boolean {
  const fresh = home
    .map(({ operation }) => operation)
    .toSorted((a, b) => a.endMs - b.endMs)
    .find(({ outcome }) => outcome?.type === 'ok');
  const some = fresh ?? home[0]?.operation;
  if (some === undefined) return true;
  const { session, upstream } = some.invoke;
  const fromMs = Math.min(...old.map(({ operation }) => operation.startMs));
  return wasToldBefore(some, newsOfLoss(evidence, session, upstream), fromMs);
}
