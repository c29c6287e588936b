import { check, tooNoisyFor } from './judgement.ts';
import { opRef } from '../history/join.ts';
import type { Receipt } from '../fault/receipt.ts';
import type { Operation } from '../history/operation.ts';
import { describe, exposure, toolCalls } from './selectors.ts';

/** From a break that can be detected to the error at the client, in milliseconds. */
export const ERROR_DUE_MS = 2_000;

/** Only calls that a fault certainly broke, and broke so that the target's own socket shows it. */
export const clearErrorSoon = check({
  id: 'clear-error-soon',
  title: 'A call whose connection broke is answered with an error within 2 s',
  requirements: ['STR-12', 'TMO-01'],
  judges: 'contract',
  examine(evidence) {
    const { faultsOf } = exposure(evidence);
    const struck = toolCalls(evidence)
      .filter(({ outcome, giveUp }) => outcome !== undefined && giveUp === undefined)
      .filter(({ outcome }) => outcome?.type !== 'ok')
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
  // Whoever is swallowed by a blackhole or a stopped process sees no connection end.
  if (faults.some(({ kind }) => kind === 'blackhole' || kind === 'stop')) return Infinity;
  const isHeld = faults.some(({ kind }) => kind === 'hang');
  const sinceMs = faults.reduce(
    (earliest, fault) => Math.min(earliest, brokenBy(fault, operation, isHeld)),
    Infinity,
  );
  // Where several faults met it, nobody knows which one ended it: the last of them may have.
  const later = faults
    .map(({ acknowledgedAtMs = Infinity }) => acknowledgedAtMs)
    .filter((atMs) => atMs <= operation.endMs);
  return later.reduce((latest, atMs) => Math.max(latest, atMs), sinceMs);
}

function brokenBy(fault: Receipt, operation: Operation, isHeld: boolean): number {
  const sinceMs = Math.max(fault.acknowledgedAtMs ?? Infinity, operation.startMs);
  switch (fault.kind) {
    case 'break':
      // Without opIds it says which calls could have met the closed socket, not which did.
      return fault.opIds === undefined ? Infinity : sinceMs;
    case 'down':
    case 'kill':
      return isCut(fault, operation) || isBegunMeanwhile(fault, operation) ? sinceMs : Infinity;
    case 'reset':
      // Only new connections are reset, and a call that hangs by itself may have an old one.
      return isBegunMeanwhile(fault, operation) && !isHeld ? sinceMs : Infinity;
    default:
      return Infinity;
  }
}

function isCut({ acknowledgedAtMs = Infinity }: Receipt, { startMs, endMs }: Operation): boolean {
  return startMs < acknowledgedAtMs && acknowledgedAtMs < endMs;
}

function isBegunMeanwhile(fault: Receipt, { startMs }: Operation): boolean {
  const { acknowledgedAtMs = Infinity, healRequestedAtMs, healedAtMs = Infinity } = fault;
  return startMs >= acknowledgedAtMs && startMs < (healRequestedAtMs ?? healedAtMs);
}
