import { check, type Breach } from './judgement.ts';
import { opRef } from '../history/join.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import { MOVE_NAMES, type Move } from '../oracle/moves.ts';
import { describe, toolCalls } from './selectors.ts';

/** Before the first answer out of fresh state, that session was told that the old state is gone. */
export const noSilentReset = check({
  id: 'no-silent-reset',
  title: 'A session that lost its state is told before it is given fresh state',
  requirements: ['SES-08', 'SES-17'],
  anomalies: MOVE_NAMES,
  judges: 'loss',
  notApplicable: (claims) => {
    if (claims.sessions !== 'per-client') return `the target claims ${claims.sessions} sessions`;
    return claims.loss === 'silent' ? 'the target claims to lose state silently' : undefined;
  },
  examine(evidence) {
    const answered = toolCalls(evidence).filter(
      ({ outcome }) => outcome?.type === 'ok' && outcome.payload?.['nonce'] !== undefined,
    );
    const breaches = findAnomalies(evidence).moves.flatMap(breachesOf);
    return { examined: answered.length, breaches };
  },
});

function breachesOf({ name, answered }: Move): readonly Breach<Move['name']>[] {
  if (answered === undefined) return [];
  const { before, fresh } = answered;
  const message =
    `${describe(fresh)} was answered ${JSON.stringify(fresh.outcome?.payload?.['value']) ?? 'something'} ` +
    `out of fresh state, and nobody had told that session that its state was lost`;
  return [{ message, evidence: [opRef(before), opRef(fresh)], anomaly: name }];
}
