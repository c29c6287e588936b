import { check, type Breach } from './judgement.ts';
import type { FactValues } from '../history/facts.ts';
import { facts } from './selectors.ts';

type Level = FactValues['resting-level'];

/** Of the sessions ended between two measurements, the share that may still be held without being called a leak. */
const LEFT_SHARE_MAX = 0.5;

/**
 * What is held at rest must not grow with the number of sessions that were ended. Pools and the
 * target's own sessions are part of every level, so only the growth from one to the next counts,
 * and only if it comes again.
 */
export const nothingLeftAtRest = check({
  id: 'nothing-left-at-rest',
  title: 'Ended sessions leave no upstream sessions and no descriptors behind',
  requirements: ['STR-19', 'SES-09'],
  judges: 'contract',
  examine(evidence) {
    const levels = facts(evidence, 'resting-level').map(({ value }) => value as Level);
    const refs = facts(evidence, 'resting-level').map(({ seq }) => `h${seq}`);
    const breaches = [
      grows('upstream sessions', levels, (level) => level.upstreamSessions),
      grows('open descriptors', levels, (level) => level.descriptors),
    ]
      .filter((message) => message !== undefined)
      .map((message): Breach => ({ message, evidence: refs }));
    return { examined: Math.max(0, levels.length - 2), breaches };
  },
});

function grows(
  what: string,
  levels: readonly Level[],
  read: (level: Level) => number | undefined,
): string | undefined {
  const held = levels.map(read);
  if (levels.length < 3 || held.includes(undefined)) return undefined;
  const numbers = held.filter((value) => value !== undefined);
  const steps = numbers.slice(1).map((value, index) => ({
    grown: value - (numbers[index] ?? 0),
    ended: (levels[index + 1]?.sessionsEnded ?? 0) - (levels[index]?.sessionsEnded ?? 0),
  }));
  if (!steps.every(({ grown, ended }) => grown > ended * LEFT_SHARE_MAX)) return undefined;
  return `${what} at rest grew with every batch of ended sessions: ${numbers.join(', ')}`;
}
