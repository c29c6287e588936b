import { breachOf, named } from './anomaly-evidence.ts';
import { check, type Breach } from './judgement.ts';
import { joinLedger, ledgerRef, type Service } from '../history/join.ts';
import type { Anomaly } from '../oracle/anomaly.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import { MOVE_NAMES, type Move } from '../oracle/moves.ts';
import type { Claims } from '../target/claims.ts';
import { exposure } from './selectors.ts';

/**
 * A new upstream session per call loses state as surely as a shared one leaks it. Only news of loss
 * or a new life of the upstream justifies another one.
 */
export const oneUpstreamSession = check({
  id: 'one-upstream-session',
  title: 'A client session keeps one upstream session of its own per upstream',
  requirements: ['SES-19', 'ISO-02'],
  anomalies: [...MOVE_NAMES, 'SPLIT_BRAIN'],
  judges: 'sessions',
  needsLedger: true,
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const { services } = joinLedger(evidence.operations, evidence.ledger);
    const { isExposed } = exposure(evidence);
    // What a fault took with it says nothing about where the session lives.
    const settled = services.filter(
      ({ operation }) => operation.outcome?.type === 'ok' || !isExposed(operation),
    );
    const groups = Map.groupBy(settled, groupOf);
    const { moves, anomalies } = findAnomalies(evidence);
    const untold = Map.groupBy(
      moves.filter((move) => move.served !== undefined && !isExcused(move, evidence.claims)),
      ({ served }) => (served === undefined ? '' : groupOf(served.to)),
    );
    const breaches = [...untold].map(([key, group]) => movedBreach(group, groups.get(key) ?? []));
    const overlaps = named(anomalies, ['SPLIT_BRAIN']).map((one) =>
      breachOf(one, `two lives of ${one.upstream} served ${one.session} at the same time`),
    );
    const told = new Set<Anomaly>(moves);
    const returns = named(anomalies, ['SESSION_SPLIT'])
      .filter((one) => !told.has(one))
      .map((one) =>
        breachOf(
          one,
          `${one.session} was served again by a session on ${one.upstream} that it had left`,
        ),
      );
    return { examined: groups.size, breaches: [...breaches, ...overlaps, ...returns] };
  },
});

/** A target that may lose state silently may open a new session for it. */
function isExcused({ name }: Move, { loss }: Claims): boolean {
  return name === 'SILENT_RESET' && loss === 'silent';
}

function groupOf({ operation, upstreamSession: { upstream, epoch } }: Service): string {
  return JSON.stringify([operation.invoke.session, upstream, epoch]);
}

/** All moves of one client session in one life of an upstream. */
function movedBreach(moves: readonly Move[], calls: readonly Service[]): Breach<Move['name']> {
  const homes = Map.groupBy(calls, ({ upstreamSession }) => upstreamSession.key);
  const [move] = moves;
  const message =
    `${move?.session} was served by ${homes.size} upstream sessions on ` +
    `${move?.upstream} in ${calls.length} calls`;
  const firsts = [...homes.values()].flatMap((home) => home.slice(0, 1));
  return {
    message,
    evidence: firsts.map(({ line }) => ledgerRef(line)),
    ...(move !== undefined && { anomaly: move.name }),
  };
}
