import { check } from './judgement.ts';
import { joinLedger, opRef } from '../history/join.ts';
import { describe, describeOutcome, exposure, stoppedAtMs, toolCalls } from './selectors.ts';

/** Slow calls in flight at SIGTERM end well inside any grace period, so their clients get their results. */
export const drained = check({
  id: 'drained',
  title: 'A call in flight at SIGTERM that can finish is finished',
  requirements: ['OPS-01'],
  judges: 'contract',
  needsLedger: true,
  examine(evidence) {
    const stoppedMs = stoppedAtMs(evidence);
    const { isExposed } = exposure(evidence);
    // A call that the target had not even passed on by then may be refused.
    const passedOn = new Set(
      joinLedger(evidence.operations, evidence.ledger)
        .services.filter(({ line }) => line.atMs <= stoppedMs)
        .map(({ operation }) => operation),
    );
    const inFlight = toolCalls(evidence).filter(
      (call) =>
        call.invoke.tool === 'slow_increment' &&
        call.outcome !== undefined &&
        call.giveUp === undefined &&
        call.endMs > stoppedMs &&
        passedOn.has(call) &&
        !isExposed(call),
    );
    return {
      examined: inFlight.length,
      breaches: inFlight
        .filter(({ outcome }) => outcome?.type !== 'ok')
        .map((call) => ({
          message: `${describe(call)} was in flight at SIGTERM and could have finished, yet its client got ${describeOutcome(call)}`,
          evidence: [opRef(call)],
        })),
    };
  },
});
