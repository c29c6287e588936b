import { breachOf, named } from './anomaly-evidence.ts';
import type { Evidence } from './check.ts';
import { opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from '../oracle/anomaly.ts';
import { findAnomalies } from '../oracle/find-anomalies.ts';
import { check, type Breach } from './judgement.ts';
import { describe } from './selectors.ts';
import { unasked } from './unasked.ts';

/**
 * Every answer echoes the opId and the tag it was asked with, and comes from the session that was asked;
 * one that was made up without asking any belongs to no request.
 */
export const noForeignAnswer = check({
  id: 'no-foreign-answer',
  title: 'Every answer belongs to the request that it answers',
  requirements: ['ISO-01'],
  anomalies: ['MISROUTED'],
  judges: 'protocol',
  examine(evidence) {
    const answered = evidence.operations.filter(({ outcome }) => outcome?.payload !== undefined);
    const { anomalies } = findAnomalies(evidence);
    const breaches = named(anomalies, ['MISROUTED']).flatMap((one) => breachesOf(one, evidence));
    return { examined: answered.length, breaches: [...breaches, ...unasked(evidence).map(madeUp)] };
  },
});

type Misrouted = Anomaly<'MISROUTED'>;
type ForeignAnswer = Breach<'MISROUTED'>;

function breachesOf(anomaly: Misrouted, evidence: Evidence): readonly ForeignAnswer[] {
  if (anomaly.variant === 'id') return [underForeignId(anomaly, evidence)];
  const [operation] = anomaly.operations;
  // A request that went astray and was not answered is no foreign answer.
  if (operation?.outcome?.payload === undefined) return [];
  return [breachOf(anomaly, `${describe(operation)} ${whatIsWrong(operation, anomaly)}`)];
}

function madeUp(operation: Operation): ForeignAnswer {
  return {
    message: `${describe(operation)} was told that it succeeded, and no upstream was ever asked`,
    evidence: [opRef(operation)],
  };
}

function underForeignId(anomaly: Misrouted, { events }: Evidence): ForeignAnswer {
  const seen = events.find(({ seq }) => anomaly.events?.includes(seq));
  const value = seen?.kind === 'fact' ? JSON.stringify(seen.value) : '';
  return breachOf(anomaly, `an answer came under an id that its request did not have: ${value}`);
}

function whatIsWrong({ invoke, outcome }: Operation, { variant, lines }: Misrouted): string {
  const { opId, tag } = outcome?.payload ?? {};
  if (variant === 'upstream') {
    return `asked ${invoke.upstream} and was answered by ${lines[0]?.upstream}`;
  }
  if (variant === 'session')
    return 'was answered out of an upstream session that never received it';
  if (opId !== undefined && invoke.opId !== opId) {
    return `asked as ${invoke.opId} and was given ${answerTo(opId, 'opId')}`;
  }
  return `asked with the tag ${invoke.tag} and was given ${answerTo(tag, 'tag')}`;
}

function answerTo(echoed: unknown, name: string): string {
  return echoed === '' ? `an answer without ${name}` : `the answer to ${plain(echoed)}`;
}

function plain(echoed: unknown): string {
  return typeof echoed === 'string' ? echoed : JSON.stringify(echoed);
}
