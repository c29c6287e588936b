import { check, tooNoisyFor, type Breach } from './judgement.ts';
import { countBefore, countUpTo } from '../history/in-time-order.ts';
import { opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { describe, exposure, toolCalls } from './selectors.ts';

/**
 * A call is quick if it is answered this long before the slow one ends, in milliseconds. It must
 * begin twice as long before that end: then one that is not quick has waited for at least as long.
 */
const MARGIN_MS = 500;

interface Pair {
  readonly long: Operation;
  readonly short: Operation;
}

/** A quick call started while a slow one is in flight is answered long before it. */
export const notSerialised = check({
  id: 'not-serialised',
  title: 'A slow call delays neither its own session nor another',
  requirements: ['RTY-06', 'OPS-08'],
  judges: 'contract',
  examine(evidence) {
    const { isExposed } = exposure(evidence);
    const calls = toolCalls(evidence).filter(
      (call) => call.outcome !== undefined && call.giveUp === undefined && !isExposed(call),
    );
    const slow = calls.filter(
      ({ invoke, outcome }) => invoke.tool === 'slow_increment' && outcome?.type === 'ok',
    );
    const quick = calls
      .filter(({ invoke }) => invoke.tool === 'increment' || invoke.tool === 'get')
      .map((call) => ({ call, atMs: call.startMs }))
      .toSorted((a, b) => a.atMs - b.atMs);
    const pairs = slow.flatMap((long) =>
      quick
        .slice(
          countUpTo(quick, long.startMs),
          Math.max(countUpTo(quick, long.startMs), countBefore(quick, long.endMs - 2 * MARGIN_MS)),
        )
        .map(({ call }) => ({ long, short: call })),
    );
    const behind = pairs.filter(({ long, short }) => short.endMs > long.endMs - MARGIN_MS);
    // The longer a call has waited, the less of it can be the machine's own noise.
    const certain = behind.filter(
      ({ short }) => tooNoisyFor(short.endMs - short.startMs, evidence) === undefined,
    );
    const noisy = behind.length > 0 ? tooNoisyFor(MARGIN_MS, evidence) : undefined;
    if (noisy !== undefined && certain.length === 0) {
      return { examined: pairs.length, breaches: [], inconclusive: noisy };
    }
    return { examined: pairs.length, breaches: certain.map(breachOf) };
  },
});

function breachOf({ long, short }: Pair): Breach {
  const waitedMs = Math.round(short.endMs - short.startMs);
  return {
    message: `${describe(short)} took ${waitedMs} ms behind the slow call of ${long.invoke.session}`,
    evidence: [opRef(short), opRef(long)],
  };
}
