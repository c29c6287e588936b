import { check } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { tellsLoss } from '../history/loss.ts';
import type { Evidence } from './check.ts';
import type { Operation } from '../history/operation.ts';
import {
  deletedAtMs,
  describe,
  describeOutcome,
  exposure,
  lossToldAtMs,
  stoppedAtMs,
  toolCalls,
} from './selectors.ts';

/**
 * Calls that no fault could have touched are answered with their result. Excused are calls that
 * fail by design, that the client gave up, that a stranger made, and a session's first news that
 * its state was lost together with what follows it in a session that ended that way.
 */
export const unexposedSucceed = check({
  id: 'unexposed-succeed',
  title: 'A call that no fault could have touched succeeds',
  requirements: ['OPS-09', 'ISO-16'],
  judges: 'protocol',
  examine(evidence) {
    const { isExposed } = exposure(evidence);
    const judged = toolCalls(evidence).filter(
      (operation) => !isExposed(operation) && isExpectedToSucceed(operation, evidence),
    );
    return {
      examined: judged.length,
      breaches: judged
        .filter(({ outcome }) => outcome?.type !== 'ok')
        .map((operation) => ({
          message: `${describe(operation)} failed though no fault could have touched it: ${describeOutcome(operation)}`,
          evidence: [opRef(operation)],
        })),
    };
  },
});

function isExpectedToSucceed(operation: Operation, evidence: Evidence): boolean {
  const { invoke, outcome, giveUp } = operation;
  if (invoke.tool === 'fail' || invoke.tool === 'break' || invoke.tool === 'hang') return false;
  if (invoke.hostile === true || giveUp !== undefined) return false;
  if (operation.endMs >= deletedAtMs(evidence, invoke.session)) return false;
  if (operation.endMs >= stoppedAtMs(evidence)) return false;
  if (outcome === undefined || outcome.type === 'ok') return true;
  const struck = evidence.receipts.some(
    (receipt) => receipt.upstream === invoke.upstream && receipt.requestedAtMs <= operation.endMs,
  );
  const isFirstNews = operation.startMs <= lossToldAtMs(evidence, invoke.session);
  // A session that ended with 404 stays ended.
  const isNewsOfLoss = tellsLoss(outcome) && (isFirstNews || outcome.status === 404);
  return !(struck && isNewsOfLoss);
}
