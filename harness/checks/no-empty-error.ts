import { appliedOnce } from './applied-once.ts';
import type { Evidence } from './check.ts';
import { check } from './judgement.ts';
import { missingContent } from '../history/content.ts';
import { alwaysIncrements, mayIncrement } from '../history/counting.ts';
import { opRef } from '../history/join.ts';
import { isLedgerAtHand } from '../history/ledger-at-hand.ts';
import type { Outcome } from '../history/event.ts';
import type { Operation } from '../history/operation.ts';
import { describe, describeOutcome } from './selectors.ts';

/**
 * An error that says nothing: empty, a prefix whose reason is missing ("Tool invocation failed: "), or
 * swallowed and told as a success without what its tool gives. No fault excuses either.
 */
export const noEmptyError = check({
  id: 'no-empty-error',
  title: 'Every error says something, and none is told as a success',
  requirements: ['STR-12'],
  judges: 'protocol',
  examine(evidence) {
    const { operations } = evidence;
    const isAnotherChecks = judgedAsApplied(evidence);
    return {
      examined: operations.length,
      breaches: operations.flatMap((operation) => {
        const message = emptyError(operation) ?? hollowSuccess(operation, isAnotherChecks);
        return message === undefined ? [] : [{ message, evidence: [opRef(operation)] }];
      }),
    };
  },
});

function emptyError(operation: Operation): string | undefined {
  const { outcome } = operation;
  if (outcome === undefined || !isEmptyError(outcome)) return undefined;
  return `${describe(operation)} failed without a reason: ${describeOutcome(operation)}`;
}

/** What a thief is told, or a client that has given up, is another matter. */
function hollowSuccess(
  operation: Operation,
  isAnotherChecks: (operation: Operation) => boolean,
): string | undefined {
  const { invoke, giveUp } = operation;
  if (giveUp !== undefined || invoke.hostile === true) return undefined;
  const missing = missingContent(operation);
  if (missing === undefined || isAnotherChecks(operation)) return undefined;
  return `${describe(operation)} was told that it succeeded, and ${missing}`;
}

/** Where the ledger says what became of an increment, a wrong answer to it has a name there. */
function judgedAsApplied(evidence: Evidence): (operation: Operation) => boolean {
  const { ledger, claims } = evidence;
  if (!isLedgerAtHand(evidence) || appliedOnce.notApplicable?.(claims) !== undefined)
    return () => false;
  const applied = new Set(ledger.flatMap((line) => (line.kind === 'apply' ? [line.opId] : [])));
  return (operation) =>
    alwaysIncrements(operation) ||
    (mayIncrement(operation) && applied.has(operation.invoke.opId ?? ''));
}

/** What languages print for a reason that is not there. */
const NOTHING = /(?:^|:\s*)(?:undefined|null|None|\[object Object\])$/;

function isEmptyError(outcome: Outcome): boolean {
  if (outcome.kind !== 'rpc-error' && outcome.kind !== 'tool-error') return false;
  const text = outcome.message?.trim() ?? '';
  return text === '' || text.endsWith(':') || NOTHING.test(text);
}
