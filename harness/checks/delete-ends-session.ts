import { check, tooNoisyFor, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger, ledgerRef, opRef, type Service } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { onceFor } from '../history/once-for.ts';
import type { Operation } from '../history/operation.ts';
import {
  callsBySession,
  deletedAtMs,
  describe,
  describeOutcome,
  exposure,
  lastEventMs,
  newsOf,
  stoppedAtMs,
} from './selectors.ts';

/** From the client's DELETE to the DELETE at the upstream, in milliseconds. */
const DELETE_DUE_MS = 1_000;

export const deleteEndsSession = check({
  id: 'delete-ends-session',
  title: 'DELETE reaches the upstream within 1 s, and the id is 404 from then on',
  requirements: ['SES-09', 'SES-04'],
  judges: 'protocol',
  needsLedger: true,
  notApplicable: (claims) =>
    claims.sessions === 'per-client' ? undefined : `the target claims ${claims.sessions} sessions`,
  examine(evidence) {
    const deletes = evidence.operations.filter((operation) => isJudged(operation, evidence));
    const deleted = evidence.events
      .filter((event) => event.kind === 'session')
      .filter((event) => event.what === 'deleted')
      .map((event) => event.session);
    const failed = deletes.filter(hasFailed).map((operation) => ({
      message: `the DELETE of ${operation.invoke.session} got ${describeOutcome(operation)}`,
      evidence: [opRef(operation)],
    }));
    const late = deleted.flatMap((session) => notForwarded(session, evidence));
    const alive = deleted.flatMap((session) => stillServed(session, evidence));
    const doubt = late.length > 0 ? whyUncertain(deleted, evidence) : undefined;
    return {
      examined: deleted.length + failed.length,
      breaches: [...failed, ...(doubt === undefined ? late : []), ...alive],
      inconclusive: doubt,
    };
  },
});

/** A client's own DELETE that no fault could have touched. */
function isJudged(operation: Operation, evidence: Evidence): boolean {
  const { invoke, giveUp, outcome, endMs } = operation;
  if (invoke.method !== 'DELETE' || invoke.hostile === true) return false;
  if (giveUp !== undefined || outcome === undefined || endMs >= stoppedAtMs(evidence)) return false;
  return !exposure(evidence).isExposed(operation);
}

/** Not offering DELETE (405) is allowed, and a session that is lost cannot be ended again. */
function hasFailed({ outcome }: Operation): boolean {
  if (outcome?.type === 'ok') return false;
  return outcome?.status === undefined || outcome.status >= 500;
}

function whyUncertain(deleted: readonly string[], evidence: Evidence): string | undefined {
  const dueMs = deleted.reduce(
    (latest, session) => Math.max(latest, deletedAtMs(evidence, session)),
    -Infinity,
  );
  const seenMs = lastEventMs(evidence) - dueMs;
  if (seenMs >= DELETE_DUE_MS) return tooNoisyFor(DELETE_DUE_MS, evidence);
  return `the scenario ended ${Math.round(seenMs)} ms after a DELETE, which has ${DELETE_DUE_MS} ms to reach the upstream`;
}

function notForwarded(session: string, evidence: Evidence): readonly Breach[] {
  if (isCutOff(session, evidence)) return [];
  const { servicesOf } = joinLedger(evidence.operations, evidence.ledger);
  const services = ownCalls(session, evidence).flatMap(servicesOf);
  // An upstream session that was replaced on the way is no longer the one to end.
  const current = new Map(
    services
      .toSorted((a, b) => a.line.atMs - b.line.atMs)
      .map((service) => [service.upstreamSession.upstream, service]),
  );
  return [...current.values()]
    .filter((service) => !isGone(service, session, evidence))
    .flatMap((service) => lateDelete(service, session, evidence));
}

/** A fault could have kept its DELETE from the upstream. */
function isCutOff(session: string, evidence: Evidence): boolean {
  const { faultsOf } = exposure(evidence);
  return ownCalls(session, evidence)
    .filter(({ invoke }) => invoke.method === 'DELETE')
    .flatMap(faultsOf)
    .some(({ kind }) => kind !== 'silent-delete' && kind !== 'silent-ping');
}

function lateDelete(
  { upstreamSession, line }: Service,
  session: string,
  { ledger, ...evidence }: Evidence,
): readonly Breach[] {
  const { upstream, epoch } = upstreamSession;
  const end = ends(ledger).deleted.get(JSON.stringify([upstream, epoch, line.session]));
  const dueMs = deletedAtMs({ ...evidence, ledger }, session) + DELETE_DUE_MS;
  if (end !== undefined && end.atMs <= dueMs) return [];
  const when = end === undefined ? 'never' : `${Math.round(end.atMs - dueMs)} ms late`;
  const message = `the DELETE of ${session} reached ${upstream} ${when}`;
  return [{ message, evidence: [ledgerRef(line)] }];
}

/** The upstream died, or does not know the session any more, or the client was told so. */
function isGone({ upstreamSession, line }: Service, session: string, evidence: Evidence): boolean {
  const { upstream, session: id } = upstreamSession;
  const deletedMs = deletedAtMs(evidence, session);
  const wasTold = newsOf(evidence.operations)(session, upstream).some(
    (told) => told.endMs >= line.atMs && told.endMs <= deletedMs,
  );
  const { startedMs, unknownMs } = ends(evidence.ledger);
  const hasForgotten =
    (startedMs.get(upstream) ?? -Infinity) > line.atMs ||
    (unknownMs.get(JSON.stringify([upstream, id])) ?? -Infinity) > line.atMs;
  return wasTold || hasForgotten;
}

function ownCalls(session: string, { operations }: Evidence): readonly Operation[] {
  return callsBySession(operations).get(session) ?? [];
}

/** The first DELETE of each upstream session, when each upstream began its last life, and last did not know a session. */
const ends = onceFor((ledger: readonly LedgerEntry[]) => {
  const deleted = new Map<string, LedgerEntry>();
  const startedMs = new Map<string, number>();
  const unknownMs = new Map<string, number>();
  const raise = (latest: Map<string, number>, key: string, atMs: number): void => {
    latest.set(key, Math.max(atMs, latest.get(key) ?? -Infinity));
  };
  for (const line of ledger) {
    const { upstream, epoch, atMs } = line;
    if (line.kind === 'start') raise(startedMs, upstream, atMs);
    if (line.kind === 'unknown-session') {
      raise(unknownMs, JSON.stringify([upstream, line.session]), atMs);
    }
    const key = line.kind === 'delete' ? JSON.stringify([upstream, epoch, line.session]) : '';
    if (line.kind === 'delete' && !deleted.has(key)) deleted.set(key, line);
  }
  return { deleted, startedMs, unknownMs };
});

function stillServed(session: string, evidence: Evidence): readonly Breach[] {
  const { isExposed } = exposure(evidence);
  const stoppedMs = stoppedAtMs(evidence);
  const after = ownCalls(session, evidence).filter(
    (operation) =>
      operation.invoke.method !== 'DELETE' &&
      operation.startMs > deletedAtMs(evidence, session) &&
      operation.outcome !== undefined &&
      operation.giveUp === undefined &&
      operation.endMs < stoppedMs &&
      (operation.outcome.type === 'ok' || !isExposed(operation)),
  );
  return after
    .filter(({ outcome }) => outcome?.status !== 404)
    .map((operation) => ({
      message: `${describe(operation)} came after DELETE and got ${describeOutcome(operation)} instead of 404`,
      evidence: [opRef(operation)],
    }));
}
