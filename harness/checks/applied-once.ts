import { check, type Breach } from './judgement.ts';
import { joinLedger, ledgerRef, opRef, type Join } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { describe, describeOutcome } from './selectors.ts';

const INCREMENTS: readonly (string | undefined)[] = [
  'increment',
  'slow_increment',
  'break',
  'hang',
];

/**
 * The ledger against the history: an acknowledged increment was applied once and with the value
 * that the client was told, a refused one never, any other at most once.
 */
export const appliedOnce = check({
  id: 'applied-once',
  title: 'No increment is lost, doubled, or applied although it was refused',
  requirements: ['RTY-01'],
  judges: 'claim',
  notApplicable: (claims) =>
    claims.replay === 'may' ? 'the target claims that it may replay calls' : undefined,
  examine({ operations, ledger }) {
    const join = joinLedger(operations, ledger);
    const increments = operations.filter(({ invoke }) => INCREMENTS.includes(invoke.tool));
    const breaches = increments.flatMap((operation) => breachOf(operation, join));
    const phantoms = join.phantoms.map((line) => ({
      message: `the ledger of ${line.upstream} applied ${line.opId}, which no client ever asked for`,
      evidence: [ledgerRef(line)],
    }));
    // A scenario without increments has nothing to lose, and the ledger proves that nothing was made up.
    const examined = increments.length > 0 ? increments.length : operations.length;
    return { examined, breaches: [...breaches, ...phantoms] };
  },
});

function breachOf(operation: Operation, join: Join): readonly Breach[] {
  const { invoke, outcome } = operation;
  const applied = join.applicationsOf(invoke.opId ?? '');
  const evidence = [opRef(operation), ...applied.map(ledgerRef)];
  const say = (message: string): readonly Breach[] => [
    { message: `${describe(operation)} (${invoke.opId}) ${message}`, evidence },
  ];
  if (applied.length > 1) return say(`was applied ${applied.length} times`);
  if (outcome?.type === 'fail' && applied.length > 0) {
    return say(`was refused (${describeOutcome(operation)}) and yet applied`);
  }
  if (outcome?.type !== 'ok' || (invoke.tool !== 'increment' && invoke.tool !== 'slow_increment')) {
    return [];
  }
  const application = applied[0];
  if (application === undefined) return say('was acknowledged and never applied');
  const told = outcome.payload?.['value'];
  if (told === application.after) return [];
  return say(`was told ${String(told)} where the ledger says ${application.after}`);
}
