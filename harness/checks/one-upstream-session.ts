import { check, type Breach } from './judgement.ts';
import { joinLedger, ledgerRef } from '../history/join.ts';
import { lossToldAtMs } from './selectors.ts';

/** A new upstream session per call loses state as surely as a shared one leaks it. */
export const oneUpstreamSession = check({
  id: 'one-upstream-session',
  title: 'A client session keeps one upstream session of its own per upstream',
  requirements: ['SES-19', 'ISO-02'],
  judges: 'claim',
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const { services } = joinLedger(evidence.operations, evidence.ledger);
    const groups = Map.groupBy(services, ({ operation, upstreamSession }) =>
      JSON.stringify([
        operation.invoke.session,
        upstreamSession.upstream,
        upstreamSession.epoch,
        operation.startMs > lossToldAtMs(evidence, operation.invoke.session),
      ]),
    );
    const breaches = [...groups.values()].flatMap((calls): readonly Breach[] => {
      const used = new Map(calls.map((call) => [call.upstreamSession.key, call]));
      const first = calls[0];
      if (used.size <= 1 || first === undefined) return [];
      const message =
        `${first.operation.invoke.session} was served by ${used.size} upstream sessions on ` +
        `${first.upstreamSession.upstream} in ${calls.length} calls`;
      return [{ message, evidence: [...used.values()].map(({ line }) => ledgerRef(line)) }];
    });
    return { examined: groups.size, breaches };
  },
});
