/** All anomalies of one name in one sentence: who, what, how many, since when. */

import type { Anomaly, AnomalyName } from './anomaly.ts';
import { isStranger } from './strangers.ts';
import { atText } from './time-line.ts';

/** What is told of the first one; how many there are is added. */
const SENTENCES: Readonly<Record<AnomalyName, (one: Anomaly) => string>> = {
  DUPLICATE: ({ session }) => `increments of session ${session} were applied more than once`,
  FAILED_BUT_APPLIED: ({ session }) => `calls of session ${session} were refused, and yet applied`,
  SILENT_RESET: ({ session, upstream }) =>
    `session ${session} was served out of fresh state${on(upstream)}, and had not been told that the old was lost`,
  SESSION_SPLIT: ({ session, upstream }) =>
    `session ${session} was served by several upstream sessions${on(upstream)} that lived side by side`,
  SPLIT_BRAIN: ({ session, upstream }) =>
    `two lives of ${upstream} served session ${session} at the same time`,
  SESSION_SHARED: (one) =>
    `session ${one.session}'s calls were served by ${ownerOf(one)}'s upstream session`,
  FOREIGN: (one) => `session ${one.session}'s increments were applied to ${ownerOf(one)}'s counter`,
  MISROUTED: ({ session, variant }) =>
    variant === 'upstream'
      ? `calls of session ${session} went to an upstream that they were not sent to`
      : `session ${session} was given answers that were not its own`,
  PHANTOM: ({ upstream }) => `${upstream} applied what no client had asked for`,
  LOST: ({ session }) => `acknowledged increments of session ${session} were never applied`,
  ORDER: ({ session }) =>
    `calls of session ${session} took effect after others that were begun when they had been answered`,
  WRONG_VALUE: ({ session }) => `session ${session} was told values that its counter did not have`,
};

/** Their sentences begin with the calls that are counted. */
const COUNTS_CALLS: ReadonlySet<AnomalyName> = new Set([
  'DUPLICATE',
  'FAILED_BUT_APPLIED',
  'SESSION_SHARED',
  'FOREIGN',
  'LOST',
  'ORDER',
]);

/** @param anomalies of one name, at least one. */
export function headline(anomalies: readonly Anomaly[], zeroMs: number): string {
  const inOrder = anomalies.toSorted((a, b) => atMsOf(a) - atMsOf(b));
  const first = inOrder[0] as Anomaly;
  const count = countOf(anomalies);
  const sessions = new Set(inOrder.map(({ session }) => session)).size;
  const where = sessions === 1 ? '' : ` in ${sessions} sessions`;
  const unit = COUNTS_CALLS.has(first.name) ? 'of them' : 'times';
  const many = count === 1 ? 'once' : `${count} ${unit}${where}`;
  return `${SENTENCES[first.name](first)}: ${many}${sinceWhen(atMsOf(first), count, zeroMs)}`;
}

/** An answer to a request that nobody made has neither a call nor a line, and so no time. */
function sinceWhen(atMs: number, count: number, zeroMs: number): string {
  if (atMs === Infinity) return '';
  return `, ${count === 1 ? '' : 'first '}at ${atText(atMs, zeroMs)}`;
}

/** When it befell its client, or when the ledger wrote it where no client is known. */
export function atMsOf({ operations, lines }: Anomaly): number {
  return operations[0]?.startMs ?? lines[0]?.atMs ?? Infinity;
}

/** How often it happened: a stranger's calls one by one. */
export function countOf(anomalies: readonly Anomaly[]): number {
  return anomalies.reduce((sum, one) => sum + (isStranger(one) ? one.operations.length : 1), 0);
}

function ownerOf(one: Anomaly): string {
  return isStranger(one) ? one.owner : 'another client';
}

function on(upstream: string | undefined): string {
  return upstream === undefined ? '' : ` on ${upstream}`;
}
