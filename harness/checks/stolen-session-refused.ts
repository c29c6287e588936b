import { check } from './judgement.ts';
import { joinLedger, opRef } from '../history/join.ts';
import { isLedgerAtHand } from '../history/ledger-at-hand.ts';
import type { Operation } from '../history/operation.ts';
import { deletedAtMs, describe, describeOutcome, exposure } from './selectors.ts';

export const stolenSessionRefused = check({
  id: 'stolen-session-refused',
  title: "Another user's session id is refused on every method and reaches no upstream",
  requirements: ['SES-12'],
  judges: 'protocol',
  examine(evidence) {
    const { operations, ledger } = evidence;
    const { isExposed } = exposure(evidence);
    // A client that goes on in its own deleted session is no thief.
    const thefts = operations.filter(
      ({ invoke, outcome, startMs }) =>
        invoke.hostile === true &&
        outcome !== undefined &&
        startMs <= deletedAtMs(evidence, invoke.session),
    );
    const reached = new Set(
      joinLedger(operations, ledger).services.map(({ operation }) => operation.invoke.op),
    );
    const isKnown = isLedgerAtHand(evidence);
    return {
      examined: thefts.length,
      inconclusive: isKnown
        ? undefined
        : 'no ledger says whether a refused call reached an upstream',
      breaches: thefts
        .filter((theft) => reached.has(theft.invoke.op) || !(isRefused(theft) || isExposed(theft)))
        .map((operation) => ({
          message: `${describe(operation)} with a stolen session id got ${describeOutcome(operation)}${reached.has(operation.invoke.op) ? ' and reached the upstream' : ''}`,
          evidence: [opRef(operation)],
        })),
    };
  },
});

/** Any error that the target says aloud; which one is its own affair. */
function isRefused({ outcome }: Operation): boolean {
  if (outcome === undefined) return false;
  return (
    outcome.kind === 'http-error' || outcome.kind === 'rpc-error' || outcome.kind === 'tool-error'
  );
}
