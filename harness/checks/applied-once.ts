import { check, type Breach } from './judgement.ts';
import { joinLedger, ledgerRef, opRef, type Apply, type Join } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { describe, describeOutcome, mayIncrement } from './selectors.ts';

/**
 * The ledger against the history: an acknowledged increment was applied once, where it was sent to
 * and with the value that the client was told, a refused one never, any other at most once.
 */
export const appliedOnce = check({
  id: 'applied-once',
  title: 'No increment is lost, doubled, or applied although it was refused',
  requirements: ['RTY-01'],
  judges: 'replay',
  notApplicable: (claims) =>
    claims.replay === 'may' ? 'the target claims that it may replay calls' : undefined,
  examine({ operations, ledger }) {
    const join = joinLedger(operations, ledger);
    // Without an opId the ledger cannot say whose it was.
    const increments = operations
      .filter(mayIncrement)
      .filter(({ invoke }) => invoke.opId !== undefined);
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
  const { invoke } = operation;
  const applied = join.applicationsOf(invoke.opId ?? '');
  const wrong = whatIsWrong(operation, applied);
  if (wrong === undefined) return [];
  return [
    {
      message: `${describe(operation)} (${invoke.opId}) ${wrong}`,
      evidence: [opRef(operation), ...applied.map(ledgerRef)],
    },
  ];
}

function whatIsWrong(operation: Operation, applied: readonly Apply[]): string | undefined {
  const { invoke, outcome } = operation;
  const [application] = applied;
  if (applied.length > 1) return `was applied ${applied.length} times`;
  if (application === undefined)
    return isLost(operation) ? 'was acknowledged and never applied' : undefined;
  if (outcome?.type === 'fail') {
    return `was refused (${describeOutcome(operation)}) and yet applied`;
  }
  if (invoke.upstream !== undefined && application.upstream !== invoke.upstream) {
    return `was sent to ${invoke.upstream} and applied by ${application.upstream}`;
  }
  const told = outcome?.payload?.['value'];
  if (outcome?.type !== 'ok' || told === application.after) return undefined;
  return `was told ${JSON.stringify(told) ?? 'no value'} where the ledger says ${application.after}`;
}

/** "break" and "hang" apply nothing where they are asked not to. */
function isLost({ invoke, outcome }: Operation): boolean {
  const isCertain = invoke.tool === 'increment' || invoke.tool === 'slow_increment';
  return isCertain && outcome?.type === 'ok';
}
