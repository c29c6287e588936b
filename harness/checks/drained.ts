import { check } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { describe, describeOutcome, facts, toolCalls } from './selectors.ts';

/** Slow calls in flight at SIGTERM end well inside any grace period, so their clients get their results. */
export const drained = check({
  id: 'drained',
  title: 'A call in flight at SIGTERM that can finish is finished',
  requirements: ['OPS-01'],
  judges: 'claim',
  examine(evidence) {
    const atMs = facts(evidence, 'stop-requested')[0]?.atMs;
    if (atMs === undefined) return { examined: 0, breaches: [] };
    const inFlight = toolCalls(evidence).filter(
      (call) => call.invoke.tool === 'slow_increment' && call.startMs < atMs && call.endMs > atMs,
    );
    return {
      examined: inFlight.length,
      breaches: inFlight
        .filter(({ outcome }) => outcome?.type !== 'ok')
        .map((call) => ({
          message: `${describe(call)} was in flight at SIGTERM and could have finished, yet its client got ${describeOutcome(call)}`,
          evidence: [opRef(call)],
        })),
    };
  },
});
