import { breachOf, named } from './anomaly-evidence.ts';
import { check, type Breach } from './judgement.ts';
import { mayIncrement } from '../history/counting.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly, Variant } from '../oracle/anomaly.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import { describe, describeOutcome } from './selectors.ts';

const ANOMALIES = [
  'DUPLICATE',
  'FAILED_BUT_APPLIED',
  'MISROUTED',
  'PHANTOM',
  'LOST',
  'WRONG_VALUE',
] as const;

type Name = (typeof ANOMALIES)[number];

/**
 * The ledger against the history: an acknowledged increment was applied once, where it was sent to
 * and with the value that the client was told, a refused one never, any other at most once.
 */
export const appliedOnce = check({
  id: 'applied-once',
  title: 'No increment is lost, doubled, or applied although it was refused',
  requirements: ['RTY-01'],
  anomalies: ANOMALIES,
  judges: 'replay',
  needsLedger: true,
  notApplicable: (claims) =>
    claims.replay === 'may' ? 'the target claims that it may replay calls' : undefined,
  examine(evidence) {
    const { operations } = evidence;
    // Without an opId the ledger cannot say whose it was.
    const increments = operations
      .filter(mayIncrement)
      .filter(({ invoke }) => invoke.opId !== undefined);
    const breaches = named(findAnomalies(evidence).anomalies, ANOMALIES).flatMap(breachesOf);
    // A scenario without increments has nothing to lose, and the ledger proves that nothing was made up.
    const examined = increments.length > 0 ? increments.length : operations.length;
    return { examined, breaches };
  },
});

function breachesOf(anomaly: Anomaly<Name>): readonly Breach<Name>[] {
  const [operation] = anomaly.operations;
  if (anomaly.name === 'PHANTOM') {
    return anomaly.lines.flatMap((line) =>
      line.kind === 'apply'
        ? [
            breachOf(
              anomaly,
              `the ledger of ${line.upstream} applied ${line.opId || 'an increment without opId'}, which no client ever asked for`,
            ),
          ]
        : [],
    );
  }
  if (operation === undefined || !mayIncrement(operation)) return [];
  const wrong = whatIsWrong(operation, anomaly);
  if (wrong === undefined) return [];
  return [breachOf(anomaly, `${describe(operation)} (${operation.invoke.opId}) ${wrong}`)];
}

const AND_HOW: Partial<Readonly<Record<Variant, string>>> = {
  'across restart': ', in two lives of the upstream',
  late: ', and once after its client had the answer',
};

function whatIsWrong(
  operation: Operation,
  { name, variant, lines }: Anomaly<Name>,
): string | undefined {
  const applied = lines.filter((line) => line.kind === 'apply');
  const [application] = applied;
  switch (name) {
    case 'LOST':
      return 'was acknowledged and never applied';
    case 'DUPLICATE':
      return `was applied ${applied.length} times${(variant && AND_HOW[variant]) ?? ''}`;
    case 'FAILED_BUT_APPLIED':
      return `was refused (${describeOutcome(operation)}) and yet applied`;
    case 'MISROUTED':
      if (variant !== 'upstream' || application === undefined) return undefined;
      return `was sent to ${operation.invoke.upstream} and applied by ${application.upstream}`;
    case 'WRONG_VALUE': {
      const told = JSON.stringify(operation.outcome?.payload?.['value']) ?? 'no value';
      return `was told ${told} where the ledger says ${application?.after}`;
    }
    default:
      return undefined;
  }
}
