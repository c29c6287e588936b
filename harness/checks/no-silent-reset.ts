import { check, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { tellsLoss } from '../history/loss.ts';
import type { Operation } from '../history/operation.ts';
import { describe, toolCalls } from './selectors.ts';

/** Before the first answer out of fresh state, that session was told that the old state is gone. */
export const noSilentReset = check({
  id: 'no-silent-reset',
  title: 'A session that lost its state is told before it is given fresh state',
  requirements: ['SES-08', 'SES-17'],
  judges: 'claim',
  notApplicable: (claims) => {
    if (claims.sessions !== 'per-client') return `the target claims ${claims.sessions} sessions`;
    return claims.loss === 'silent' ? 'the target claims to lose state silently' : undefined;
  },
  examine(evidence) {
    const answered = toolCalls(evidence).filter(
      ({ outcome }) => outcome?.type === 'ok' && outcome.payload?.['nonce'] !== undefined,
    );
    const groups = Map.groupBy(answered, ({ invoke }) =>
      JSON.stringify([invoke.session, invoke.upstream]),
    );
    const breaches = [...groups.values()].flatMap((calls) =>
      silentResets(
        [...calls].sort((a, b) => a.endMs - b.endMs),
        evidence.operations,
      ),
    );
    return { examined: answered.length, breaches };
  },
});

function silentResets(calls: readonly Operation[], all: readonly Operation[]): readonly Breach[] {
  return calls.flatMap((call, index) => {
    const previous = calls[index - 1];
    if (previous === undefined || homeOf(previous) === homeOf(call)) return [];
    const wasTold = all.some(
      (other) =>
        other.invoke.session === call.invoke.session &&
        other.outcome !== undefined &&
        tellsLoss(other.outcome) &&
        other.endMs >= previous.startMs &&
        other.endMs <= call.endMs,
    );
    if (wasTold) return [];
    const message =
      `${describe(call)} was answered ${String(call.outcome?.payload?.['value'])} out of fresh state, ` +
      `and nobody had told that session that its state was lost`;
    return [{ message, evidence: [opRef(previous), opRef(call)] }];
  });
}

function homeOf({ outcome }: Operation): string {
  return JSON.stringify([outcome?.payload?.['epoch'], outcome?.payload?.['nonce']]);
}
