import { check, tooNoisyFor, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger, ledgerRef, opRef } from '../history/join.ts';
import { deletedAtMs, describe, describeOutcome } from './selectors.ts';

/** From the client's DELETE to the DELETE at the upstream, in milliseconds. */
const DELETE_DUE_MS = 1_000;

export const deleteEndsSession = check({
  id: 'delete-ends-session',
  title: 'DELETE reaches the upstream within 1 s, and the id is 404 from then on',
  requirements: ['SES-09', 'SES-04'],
  judges: 'protocol',
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const deleted = evidence.events
      .filter((event) => event.kind === 'session')
      .filter((event) => event.what === 'deleted')
      .map((event) => event.session);
    const upstream = deleted.flatMap((session) => notForwarded(session, evidence));
    const alive = deleted.flatMap((session) => stillServed(session, evidence));
    const noisy = upstream.length > 0 ? tooNoisyFor(DELETE_DUE_MS, evidence) : undefined;
    const breaches = noisy === undefined ? [...upstream, ...alive] : alive;
    return { examined: deleted.length, breaches, inconclusive: noisy };
  },
});

function notForwarded(session: string, evidence: Evidence): readonly Breach[] {
  const { services } = joinLedger(evidence.operations, evidence.ledger);
  const own = services.filter(({ operation }) => operation.invoke.session === session);
  const sessions = new Map(own.map((service) => [service.upstreamSession.key, service]));
  const dueMs = deletedAtMs(evidence, session) + DELETE_DUE_MS;
  return [...sessions.values()].flatMap(({ upstreamSession, line }): readonly Breach[] => {
    const end = evidence.ledger.find(
      (entry) =>
        entry.kind === 'delete' &&
        entry.upstream === upstreamSession.upstream &&
        entry.session === upstreamSession.session,
    );
    if (end !== undefined && end.atMs <= dueMs) return [];
    const when = end === undefined ? 'never' : `${Math.round(end.atMs - dueMs)} ms late`;
    const message = `the DELETE of ${session} reached ${upstreamSession.upstream} ${when}`;
    return [{ message, evidence: [ledgerRef(line)] }];
  });
}

function stillServed(session: string, evidence: Evidence): readonly Breach[] {
  const after = evidence.operations.filter(
    ({ invoke, startMs }) =>
      invoke.session === session &&
      invoke.method !== 'DELETE' &&
      startMs > deletedAtMs(evidence, session),
  );
  return after
    .filter(({ outcome }) => outcome?.status !== 404)
    .map((operation) => ({
      message: `${describe(operation)} came after DELETE and got ${describeOutcome(operation)} instead of 404`,
      evidence: [opRef(operation)],
    }));
}
