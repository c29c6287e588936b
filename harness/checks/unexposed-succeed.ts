import { check, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { describeDeath } from '../target/describe-death.ts';
import { tellsLoss } from '../history/loss.ts';
import type { Evidence } from './check.ts';
import type { FactValues } from '../history/facts.ts';
import type { Operation } from '../history/operation.ts';
import { newsOfLoss } from '../history/news-of-loss.ts';
import {
  describe,
  describeOutcome,
  exposure,
  facts,
  isMeantToSucceed,
  toolCalls,
} from './selectors.ts';

/**
 * Calls that no fault could have touched are answered with their result. Excused are calls that
 * fail by design, that the client gave up, that a stranger made, and a session's first news that
 * its state was lost together with what follows it in a session that ended that way. A target that
 * ends by itself fails them all, those to come among them: that is told first.
 */
export const unexposedSucceed = check({
  id: 'unexposed-succeed',
  title: 'A call that no fault could have touched succeeds',
  requirements: ['OPS-09', 'ISO-16'],
  judges: 'protocol',
  examine(evidence) {
    const { isExposed } = exposure(evidence);
    const judged = toolCalls(evidence).filter(
      (call) => call.outcome !== undefined && !isExposed(call) && isMeantToSucceed(call, evidence),
    );
    const failed = judged.filter(
      (call) => call.outcome?.type !== 'ok' && !isNewsOfLoss(call, evidence),
    );
    const refused = failed.filter((call) => isCapacity(call, evidence));
    return {
      examined: judged.length,
      breaches: [
        ...deaths(evidence, failed[0]),
        ...failed
          .filter((call) => !refused.includes(call))
          .map((operation) => ({
            message: `${describe(operation)} failed though no fault could have touched it: ${describeOutcome(operation)}`,
            evidence: [opRef(operation)],
          })),
      ],
      inconclusive:
        refused.length > 0
          ? `${refused.length} of ${judged.length} calls were refused with 429 or 503, and the target claims no such number of users`
          : undefined,
    };
  },
});

/** @param failed the first call that failed, which is likely to have met it. */
function deaths(evidence: Evidence, failed: Operation | undefined): readonly Breach[] {
  return facts(evidence, 'target-died').map(({ seq, value }) => ({
    message: describeDeath(value as FactValues['target-died']),
    evidence: [`h${seq}`, ...(failed === undefined ? [] : [opRef(failed)])],
  }));
}

/** A session that ended with 404 stays ended; any other news may be told once after each strike. */
function isNewsOfLoss(operation: Operation, evidence: Evidence): boolean {
  const { invoke, outcome, startMs } = operation;
  if (outcome === undefined || !tellsLoss(outcome)) return false;
  const { isExposed } = exposure(evidence);
  const earlier = newsOfLoss(evidence, invoke.session, invoke.upstream).filter(
    (told) => told.endMs < startMs,
  );
  if (outcome.status === 404 && earlier.some((told) => told.outcome?.status === 404)) return true;
  return strikesMs(operation, evidence).some(
    (atMs) => !earlier.some((told) => told.endMs >= atMs && !isExposed(told)),
  );
}

/** When something happened that can have cost the session its state before this call ended. */
function strikesMs(operation: Operation, evidence: Evidence): readonly number[] {
  const { invoke, startMs, endMs } = operation;
  const own = new Set(
    toolCalls(evidence)
      .filter((call) => call.invoke.session === invoke.session)
      .map((call) => call.invoke.opId),
  );
  const struck = evidence.receipts
    .filter((receipt) => (invoke.upstream ?? receipt.upstream) === receipt.upstream)
    .flatMap(({ kind, opIds, requestedAtMs, acknowledgedAtMs = Infinity }) => {
      // A call that broke can cost its own session its state, and no sibling that ran beside it.
      if (opIds === undefined) return kind === 'break' ? [] : [requestedAtMs];
      return opIds.some((opId) => own.has(opId)) && startMs >= acknowledgedAtMs
        ? [acknowledgedAtMs]
        : [];
    });
  const changed = facts(evidence, 'upstream-changed')
    .filter(({ value }) => {
      const { upstream, change } = value as FactValues['upstream-changed'];
      return change !== 'cosmetic' && (invoke.upstream ?? upstream) === upstream;
    })
    .map(({ atMs }) => atMs);
  return [...struck, ...changed].filter((atMs) => atMs <= endMs);
}

/** Too many users for a target that never claimed to hold so many: no fault was there to explain it otherwise. */
function isCapacity({ outcome, endMs }: Operation, evidence: Evidence): boolean {
  if (outcome?.status !== 429 && outcome?.status !== 503) return false;
  if (evidence.receipts.some(({ requestedAtMs }) => requestedAtMs <= endMs)) return false;
  const sessions = new Set(evidence.operations.map(({ invoke }) => invoke.session));
  return sessions.size > (evidence.claims.users ?? 0);
}
