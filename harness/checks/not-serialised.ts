import { check, tooNoisyFor, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { describe, toolCalls } from './selectors.ts';

/** A call that overlaps a slow one is quick if it is answered this long before the slow one ends, in milliseconds. */
const MARGIN_MS = 500;

/** A quick call started while a slow one is in flight is answered long before it. */
export const notSerialised = check({
  id: 'not-serialised',
  title: 'A slow call delays neither its own session nor another',
  requirements: ['RTY-06', 'OPS-08'],
  judges: 'claim',
  examine(evidence) {
    const calls = toolCalls(evidence);
    const slow = calls.filter(({ invoke }) => invoke.tool === 'slow_increment');
    const quick = calls.filter(
      ({ invoke }) => invoke.tool === 'increment' || invoke.tool === 'get',
    );
    const pairs = slow.flatMap((long) =>
      quick
        .filter((short) => short.startMs > long.startMs && short.startMs < long.endMs - MARGIN_MS)
        .map((short) => ({ long, short })),
    );
    const breaches = pairs
      .filter(({ long, short }) => short.endMs > long.endMs - MARGIN_MS)
      .map(({ long, short }) => behind(short, long));
    const noisy = breaches.length > 0 ? tooNoisyFor(MARGIN_MS, evidence) : undefined;
    if (noisy !== undefined) return { examined: pairs.length, breaches: [], inconclusive: noisy };
    return { examined: pairs.length, breaches };
  },
});

function behind(short: Operation, long: Operation): Breach {
  const waitedMs = Math.round(short.endMs - short.startMs);
  return {
    message: `${describe(short)} took ${waitedMs} ms behind the slow call of ${long.invoke.session}`,
    evidence: [opRef(short), opRef(long)],
  };
}
