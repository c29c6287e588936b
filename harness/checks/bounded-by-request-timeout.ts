import { check, tooNoisyFor } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { describe, exposure } from './selectors.ts';

/** How far past its request timeout a target may answer, in milliseconds. */
const GRACE_MS = 1_000;

export const boundedByRequestTimeout = check({
  id: 'bounded-by-request-timeout',
  title: 'A call that gets no answer upstream is answered with an error at the request timeout',
  requirements: ['TMO-01'],
  judges: 'requestTimeoutMs',
  notApplicable: (claims) =>
    claims.requestTimeoutMs === undefined
      ? 'it needs a target that claims a request timeout'
      : undefined,
  examine(evidence) {
    const boundMs = (evidence.claims.requestTimeoutMs ?? 0) + GRACE_MS;
    const { faultsOf } = exposure(evidence);
    const waiting = evidence.operations.filter(
      (operation) =>
        operation.giveUp === undefined &&
        operation.outcome !== undefined &&
        faultsOf(operation).some(
          ({ kind }) => kind === 'blackhole' || kind === 'hang' || kind === 'stop',
        ),
    );
    // Progress may prolong a request; a result that comes too late is as late as an error.
    const late = new Set(
      waiting.filter(
        (operation) =>
          operation.invoke.tool !== 'progress' && operation.endMs - operation.startMs > boundMs,
      ),
    );
    // A client that gave up before the bound was reached saw nothing of it.
    const stuck = waiting.filter(
      (operation) =>
        late.has(operation) ||
        (operation.outcome?.type !== 'ok' && operation.outcome?.kind !== 'timeout'),
    );
    const noisy = late.size > 0 ? tooNoisyFor(GRACE_MS, evidence) : undefined;
    if (noisy !== undefined) return { examined: stuck.length, breaches: [], inconclusive: noisy };
    return {
      examined: stuck.length,
      breaches: [...late].map((operation) => ({
        message: `${describe(operation)} waited ${Math.round(operation.endMs - operation.startMs)} ms; the claimed request timeout is ${evidence.claims.requestTimeoutMs} ms`,
        evidence: [opRef(operation)],
      })),
    };
  },
});
