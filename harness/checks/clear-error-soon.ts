import { check, tooNoisyFor } from './judgement.ts';
import { opRef } from '../history/join.ts';
import type { FaultKind, Receipt } from '../fault/receipt.ts';
import type { Operation } from '../history/operation.ts';
import { describe, exposure } from './selectors.ts';

/** From a break that can be detected to the error at the client, in milliseconds. */
export const ERROR_DUE_MS = 2_000;

/** Faults that the target's own socket or the upstream's answer shows it. */
const DETECTABLE: readonly FaultKind[] = ['break', 'down', 'kill', 'restart', 'reset'];

export const clearErrorSoon = check({
  id: 'clear-error-soon',
  title: 'A call whose connection broke is answered with an error within 2 s',
  requirements: ['STR-12', 'TMO-01'],
  judges: 'claim',
  examine(evidence) {
    const { faultsOf } = exposure(evidence);
    const struck = evidence.operations
      .filter(({ outcome, giveUp }) => outcome?.type !== 'ok' && giveUp === undefined)
      .map((operation) => ({ operation, sinceMs: brokenSince(operation, faultsOf(operation)) }))
      .filter(({ sinceMs }) => sinceMs < Infinity);
    const late = struck.filter(
      ({ operation, sinceMs }) => operation.endMs - sinceMs > ERROR_DUE_MS,
    );
    const noisy = late.length > 0 ? tooNoisyFor(ERROR_DUE_MS, evidence) : undefined;
    if (noisy !== undefined) return { examined: struck.length, breaches: [], inconclusive: noisy };
    return {
      examined: struck.length,
      breaches: late.map(({ operation, sinceMs }) => ({
        message: `${describe(operation)} waited ${Math.round(operation.endMs - sinceMs)} ms after its connection was broken`,
        evidence: [opRef(operation)],
      })),
    };
  },
});

/** The moment from which the target could know, or Infinity. */
function brokenSince(operation: Operation, faults: readonly Receipt[]): number {
  const since = faults
    .filter((fault) => DETECTABLE.includes(fault.kind))
    .map((fault) => Math.max(fault.acknowledgedAtMs ?? fault.requestedAtMs, operation.startMs));
  return Math.min(Infinity, ...since);
}
