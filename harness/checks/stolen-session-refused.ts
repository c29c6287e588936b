import { check } from './judgement.ts';
import { joinLedger, opRef } from '../history/join.ts';
import { describe, describeOutcome } from './selectors.ts';

export const stolenSessionRefused = check({
  id: 'stolen-session-refused',
  title: "Another user's session id is refused on every method and reaches no upstream",
  requirements: ['SES-12'],
  judges: 'protocol',
  examine({ operations, ledger }) {
    const thefts = operations.filter(({ invoke }) => invoke.hostile === true);
    const reached = new Set(
      joinLedger(operations, ledger).services.map(({ operation }) => operation.invoke.op),
    );
    return {
      examined: thefts.length,
      breaches: thefts
        .filter(({ invoke, outcome }) => outcome?.type !== 'fail' || reached.has(invoke.op))
        .map((operation) => ({
          message: `${describe(operation)} with a stolen session id got ${describeOutcome(operation)}${reached.has(operation.invoke.op) ? ' and reached the upstream' : ''}`,
          evidence: [opRef(operation)],
        })),
    };
  },
});
