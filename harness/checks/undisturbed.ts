import { check, tooNoisyFor } from './judgement.ts';
import type { Receipt } from '../fault/receipt.ts';
import type { Operation } from '../history/operation.ts';
import { opRef } from '../history/join.ts';
import { TimeSpans, type TimeSpan } from '../history/time-spans.ts';
import { describe, exposure } from './selectors.ts';

/** What a call that needs no time of its own may take while something else is stuck, in milliseconds. */
const UNDISTURBED_MS = 1_000;

export const undisturbed = check({
  id: 'undisturbed',
  title: 'What a fault does not touch is as quick as ever while it lasts',
  requirements: ['RTY-06'],
  judges: 'contract',
  examine(evidence) {
    const { isExposed } = exposure(evidence);
    const active = new TimeSpans(evidence.receipts.map(activeSpan));
    const during = evidence.operations.filter(
      (call) =>
        isInstant(call) &&
        call.outcome !== undefined &&
        call.giveUp === undefined &&
        !isExposed(call) &&
        active.isAnyOver({ fromMs: call.startMs, toMs: call.startMs }),
    );
    const slow = during.filter((call) => call.endMs - call.startMs > UNDISTURBED_MS);
    const noisy = slow.length > 0 ? tooNoisyFor(UNDISTURBED_MS, evidence) : undefined;
    if (noisy !== undefined) return { examined: during.length, breaches: [], inconclusive: noisy };
    return {
      examined: during.length,
      breaches: slow.map((call) => ({
        message: `${describe(call)} took ${Math.round(call.endMs - call.startMs)} ms though the fault was elsewhere`,
        evidence: [opRef(call)],
      })),
    };
  },
});

/** What takes no time of its own; a new session that takes a stuck one's place begins with initialize. */
function isInstant({ invoke: { method, tool } }: Operation): boolean {
  return method === 'initialize' || tool === 'increment' || tool === 'get';
}

function activeSpan({ acknowledgedAtMs = Infinity, healedAtMs = Infinity }: Receipt): TimeSpan {
  return { fromMs: acknowledgedAtMs, toMs: healedAtMs };
}
