import { check, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { describeDeath } from '../target/describe-death.ts';
import { tellsLoss } from '../history/loss.ts';
import { TARGET_DIED, type Evidence } from './check.ts';
import type { FactValues } from '../history/facts.ts';
import type { Operation } from '../history/operation.ts';
import { onceFor } from '../history/once-for.ts';
import { lastStruckMs } from './last-struck.ts';
import {
  callsBySession,
  describe,
  describeOutcome,
  exposure,
  facts,
  isMeantToSucceed,
  newsOf,
  toolCalls,
} from './selectors.ts';

/**
 * Calls that no fault could have touched are answered with their result. Excused are calls that
 * fail by design, that the client gave up, that a stranger made, and a session's first news that
 * its state was lost together with what follows it in a session that ended that way; one that was
 * refused from the beginning has no state to lose. A target that
 * ends by itself fails them all, those to come among them: that is told first.
 */
export const unexposedSucceed = check({
  id: 'unexposed-succeed',
  title: 'A call that no fault could have touched succeeds',
  requirements: ['OPS-09', 'ISO-16'],
  anomalies: [TARGET_DIED],
  judges: 'protocol',
  examine(evidence) {
    const { isExposed } = exposure(evidence);
    const judged = toolCalls(evidence).filter(
      (call) => call.outcome !== undefined && !isExposed(call) && isMeantToSucceed(call, evidence),
    );
    const failed = judged.filter(
      (call) => call.outcome?.type !== 'ok' && !isNewsOfLoss(call, evidence),
    );
    const refused = new Set(failed.filter((call) => isCapacity(call, evidence)));
    return {
      examined: judged.length,
      breaches: [
        ...deaths(evidence, failed[0]),
        ...failed
          .filter((call) => !refused.has(call))
          .map((operation) => ({
            message: `${describe(operation)} failed though no fault could have touched it: ${describeOutcome(operation)}`,
            evidence: [opRef(operation)],
          })),
      ],
      inconclusive:
        refused.size > 0
          ? `${refused.size} of ${judged.length} calls were refused with 429 or 503, and the target claims no such number of users`
          : undefined,
    };
  },
});

/** @param failed the first call that failed, which is likely to have met it. */
function deaths(
  evidence: Evidence,
  failed: Operation | undefined,
): readonly Breach<typeof TARGET_DIED>[] {
  return facts(evidence, 'target-died').map(({ seq, value }) => ({
    anomaly: TARGET_DIED,
    message: describeDeath(value as FactValues['target-died']),
    evidence: [`h${seq}`, ...(failed === undefined ? [] : [opRef(failed)])],
  }));
}

/** A session that ended with 404 stays ended; any other news may be told once after each strike. */
function isNewsOfLoss(operation: Operation, evidence: Evidence): boolean {
  const { invoke, outcome, startMs } = operation;
  if (outcome === undefined || !tellsLoss(outcome)) return false;
  const { isExposed } = exposure(evidence);
  if (isRefused(invoke.session, evidence)) return false;
  const earlier = newsOf(evidence.operations)(invoke.session, invoke.upstream).filter(
    (told) => told.endMs < startMs,
  );
  if (outcome.status === 404 && earlier.some((told) => told.outcome?.status === 404)) return true;
  const toldMs = earlier
    .filter((told) => !isExposed(told))
    .reduce((last, { endMs }) => Math.max(last, endMs), -Infinity);
  return lastStruckMs(operation, evidence) > toldMs;
}

/** It was never opened, and no fault is to blame for that. */
function isRefused(session: string, evidence: Evidence): boolean {
  const [first] = callsBySession(evidence.operations).get(session) ?? [];
  if (first?.outcome === undefined || first.invoke.method !== 'initialize') return false;
  return first.outcome.type !== 'ok' && !exposure(evidence).isExposed(first);
}

const firstFaultMs = onceFor((receipts: Evidence['receipts']) =>
  receipts.reduce((first, { requestedAtMs }) => Math.min(first, requestedAtMs), Infinity),
);

/** Too many users for a target that never claimed to hold so many: no fault was there to explain it otherwise. */
function isCapacity({ outcome, endMs }: Operation, evidence: Evidence): boolean {
  if (outcome?.status !== 429 && outcome?.status !== 503) return false;
  if (firstFaultMs(evidence.receipts) <= endMs) return false;
  return callsBySession(evidence.operations).size > (evidence.claims.users ?? 0);
}
