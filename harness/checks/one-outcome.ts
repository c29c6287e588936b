import { check, tooNoisyFor, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import type { Evidence } from './check.ts';
import type { OutcomeKind } from '../history/event.ts';
import type { Operation } from '../history/operation.ts';
import type { FaultKind } from '../fault/receipt.ts';
import { describe, exposure } from './selectors.ts';

/** Faults that nobody can detect but by waiting: without a claimed request timeout, waiting is allowed. */
const SILENT: readonly FaultKind[] = [
  'blackhole',
  'hang',
  'stop',
  'latency',
  'bandwidth',
  'slicer',
  'silent-delete',
  'silent-ping',
];

const STOPPED_WAITING: readonly OutcomeKind[] = ['timeout', 'aborted', 'cancelled'];

/** Every request is answered once: not twice, and not by the silence that ends at the client's deadline. */
export const oneOutcome = check({
  id: 'one-outcome',
  title: 'Every request has exactly one outcome within its deadline',
  requirements: ['STR-12', 'TMO-01'],
  judges: 'protocol',
  examine(evidence) {
    const { operations } = evidence;
    const breaches: Breach[] = operations
      .filter((operation) => answersTo(operation) > 1)
      .map((operation) => ({
        message: `${describe(operation)} was answered ${answersTo(operation)} times`,
        evidence: [opRef(operation)],
      }));
    const silent = operations.filter(
      (operation) => operation.outcome?.kind === 'timeout' && mustAnswer(operation, evidence),
    );
    const shortestMs = silent.reduce(
      (least, { invoke }) => Math.min(least, invoke.deadlineMs),
      Infinity,
    );
    const noisy = silent.length > 0 ? tooNoisyFor(shortestMs, evidence) : undefined;
    if (noisy === undefined) {
      breaches.push(
        ...silent.map((operation) => ({
          message: `${describe(operation)} got no answer within ${operation.invoke.deadlineMs} ms`,
          evidence: [opRef(operation)],
        })),
      );
    }
    const lost = operations.filter((operation) => operation.completions.length === 0);
    const incomplete =
      lost.length > 0 ? `${lost.length} calls have no outcome in the history` : undefined;
    return { examined: operations.length, breaches, inconclusive: incomplete ?? noisy };
  },
});

/** What the target said; that the client stopped waiting is no answer. */
function answersTo({ completions }: Operation): number {
  return completions.filter(({ outcome: { kind } }) => !STOPPED_WAITING.includes(kind)).length;
}

function mustAnswer(operation: Operation, evidence: Evidence): boolean {
  if (operation.giveUp !== undefined) return false;
  const faults = exposure(evidence).faultsOf(operation);
  const isSilent = faults.some((fault) => SILENT.includes(fault.kind));
  if (!isSilent) return true;
  const { requestTimeoutMs } = evidence.claims;
  return requestTimeoutMs !== undefined && operation.invoke.deadlineMs > requestTimeoutMs * 1.5;
}
