import { check } from './judgement.ts';
import { opRef } from '../history/join.ts';
import type { Outcome } from '../history/event.ts';
import { describe, describeOutcome } from './selectors.ts';

/** An error that says nothing: empty, or a prefix whose reason is missing ("Tool invocation failed: "). */
export const noEmptyError = check({
  id: 'no-empty-error',
  title: 'Every error says something',
  requirements: ['STR-12'],
  judges: 'protocol',
  examine: ({ operations }) => ({
    examined: operations.length,
    breaches: operations
      .filter(({ outcome }) => outcome !== undefined && isEmptyError(outcome))
      .map((operation) => ({
        message: `${describe(operation)} failed without a reason: ${describeOutcome(operation)}`,
        evidence: [opRef(operation)],
      })),
  }),
});

/** What languages print for a reason that is not there. */
const NOTHING = /(?:^|:\s*)(?:undefined|null|None|\[object Object\])$/;

function isEmptyError(outcome: Outcome): boolean {
  if (outcome.kind !== 'rpc-error' && outcome.kind !== 'tool-error') return false;
  const text = outcome.message?.trim() ?? '';
  return text === '' || text.endsWith(':') || NOTHING.test(text);
}
