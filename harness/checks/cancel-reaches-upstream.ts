import { check, tooNoisyFor, type Breach } from './judgement.ts';
import type { Evidence } from './check.ts';
import { joinLedger, ledgerRef, opRef, type Service } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { describe, exposure, isOvertakenByDelete, lastEventMs, stoppedAtMs } from './selectors.ts';

type Cancel = LedgerEntry & { readonly kind: 'cancel' };

/** From the client's cancel to its arrival upstream, in milliseconds; a call that is answered before needs none. */
const CANCEL_DUE_MS = 1_000;

/** Each cancelled call's upstream session hears of it once, under the id by which it knows the call; nobody else does. */
export const cancelReachesUpstream = check({
  id: 'cancel-reaches-upstream',
  title: 'A cancel reaches the upstream once, under the right id, and no bystander',
  requirements: ['TMO-05', 'ISO-10'],
  judges: 'cancellation',
  needsLedger: true,
  notApplicable: (claims) =>
    claims.cancellation ? undefined : 'the target claims no forwarding of cancellation',
  examine(evidence) {
    const { services } = joinLedger(evidence.operations, evidence.ledger);
    const cancels = evidence.ledger.filter((line) => line.kind === 'cancel');
    const arrivals = arrivalsAmong(cancels);
    const answered = firstAnswers(evidence.ledger);
    const judged = services.filter((service) => isJudged(service, answered, evidence));
    const missing = judged.filter((service) => arrivals(service).length === 0);
    const doubled = judged.filter((service) => arrivals(service).length > 1);
    const doubt = missing.length > 0 ? whyUncertain(missing, evidence) : undefined;
    const breaches = [
      ...(doubt === undefined ? missing : []).map((service) =>
        miscounted(service, arrivals(service)),
      ),
      ...doubled.map((service) => miscounted(service, arrivals(service))),
      ...strays(cancels, evidence),
    ];
    return { examined: judged.length, breaches, inconclusive: doubt };
  },
});

/** It was in flight upstream when its client cancelled it, and nothing else ended it soon after. */
function isJudged(
  { operation, line }: Service,
  answered: ReadonlyMap<string, number>,
  evidence: Evidence,
): boolean {
  const { giveUp, invoke } = operation;
  if (giveUp?.how !== 'cancel' || operation.endMs <= giveUp.atMs) return false;
  const dueMs = giveUp.atMs + CANCEL_DUE_MS;
  const isAnswered = (answered.get(invoke.opId ?? '') ?? Infinity) <= dueMs;
  if (isAnswered || line.atMs > dueMs || stoppedAtMs(evidence) <= dueMs) return false;
  if (isOvertakenByDelete({ ...operation, endMs: dueMs }, evidence)) return false;
  // A call that hangs by itself can be cancelled all the same.
  return exposure(evidence)
    .faultsOf(operation)
    .every(({ kind, opIds }) => kind === 'hang' && opIds !== undefined);
}

function whyUncertain(missing: readonly Service[], evidence: Evidence): string | undefined {
  const lastMs = missing.reduce(
    (latest, { operation }) => Math.max(latest, operation.giveUp?.atMs ?? 0),
    -Infinity,
  );
  const seenMs = lastEventMs(evidence) - lastMs;
  // It never arrived, so it had all the time that anybody looked.
  if (seenMs >= CANCEL_DUE_MS) return tooNoisyFor(seenMs, evidence);
  return `the scenario ended ${Math.round(seenMs)} ms after a cancel, which has ${CANCEL_DUE_MS} ms to reach the upstream`;
}

/** By opId, when the upstream first answered it. */
function firstAnswers(ledger: Evidence['ledger']): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const line of ledger) {
    if (line.kind !== 'answer' || line.opId === undefined) continue;
    if (line.atMs < (first.get(line.opId) ?? Infinity)) first.set(line.opId, line.atMs);
  }
  return first;
}

/** Under the upstream's own id for the call: the second cancel finds no call in flight any more, and is one too many. */
function arrivalsAmong(cancels: readonly Cancel[]): (service: Service) => readonly Cancel[] {
  const byOpId = Map.groupBy(cancels, ({ opId }) => opId);
  const byRequest = Map.groupBy(cancels, requestKey);
  return ({ line, operation }) => {
    const named = byOpId.get(operation.invoke.opId) ?? [];
    return [...new Set([...named, ...(byRequest.get(requestKey(line)) ?? [])])];
  };
}

function requestKey({ upstream, epoch, session, requestId }: Cancel | Service['line']): string {
  return JSON.stringify([upstream, epoch, session, requestId]);
}

function miscounted(service: Service, arrived: readonly Cancel[]): Breach {
  const times = arrived.length === 0 ? 'never reached' : `reached ${arrived.length} times`;
  return {
    message: `the cancel of ${describe(service.operation)} (${service.operation.invoke.opId}) ${times} its upstream`,
    evidence: [opRef(service.operation), ledgerRef(service.line), ...arrived.map(ledgerRef)],
  };
}

/** Cancels that hit a call which nobody gave up and which nothing else gave the target reason to end. */
function strays(cancels: readonly Cancel[], evidence: Evidence): readonly Breach[] {
  const byOpId = new Map(evidence.operations.map((one) => [one.invoke.opId, one]));
  return cancels
    .filter((line) => line.matched && line.opId !== undefined)
    .filter((line) => {
      const operation = byOpId.get(line.opId);
      return operation === undefined || !isReasonToCancel(operation, line, evidence);
    })
    .map((line) => ({
      message: `${line.upstream} was told to cancel ${line.opId}, which its client never cancelled`,
      evidence: [ledgerRef(line)],
    }));
}

/** A target tells the upstream, too, when it gives up by itself: at its timeout, at DELETE, at its own end. */
function isReasonToCancel(operation: Operation, line: Cancel, evidence: Evidence): boolean {
  const { requestTimeoutMs = Infinity } = evidence.claims;
  return (
    operation.giveUp !== undefined ||
    operation.outcome?.kind === 'timeout' ||
    exposure(evidence).isExposed(operation) ||
    isOvertakenByDelete(operation, evidence) ||
    line.atMs >= stoppedAtMs(evidence) ||
    line.atMs - operation.startMs >= requestTimeoutMs
  );
}
