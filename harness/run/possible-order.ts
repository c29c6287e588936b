/**
 * Whether a history could have been recorded at all. The recorder numbers and stamps events as they
 * happen, so a file in which they come otherwise was changed or put together afterwards: judging it
 * would blame a target for what never was.
 */

import type { HistoryEvent } from '../history/event.ts';

/**
 * Why these events cannot have happened in this order, beginning with the line, or undefined.
 * @param issued how many events were recorded; where some are missing, that alone is for the judge.
 */
export function whyImpossible(events: readonly HistoryEvent[], issued: number): string | undefined {
  const invokedAt = new Map<number, number>();
  for (const [index, event] of events.entries()) {
    if (event.kind === 'invoke' && !invokedAt.has(event.op)) invokedAt.set(event.op, index);
  }
  const isWhole = events.length === issued;
  for (const [index, event] of events.entries()) {
    const why =
      whyNotAfter(event, events[index - 1]) ?? whyWithoutInvoke(event, index, invokedAt, isWhole);
    if (why !== undefined) return `line ${index + 1}: ${why}`;
  }
  return undefined;
}

function whyNotAfter(event: HistoryEvent, before: HistoryEvent | undefined): string | undefined {
  if (before === undefined) return undefined;
  if (event.seq <= before.seq) return `seq goes back from ${before.seq} to ${event.seq}`;
  if (event.atMs >= before.atMs) return undefined;
  return `time runs backwards, from ${before.atMs} to ${event.atMs} ms`;
}

function whyWithoutInvoke(
  event: HistoryEvent,
  index: number,
  invokedAt: ReadonlyMap<number, number>,
  isWhole: boolean,
): string | undefined {
  if (event.kind === 'invoke') {
    return invokedAt.get(event.op) === index ? undefined : `op ${event.op} is invoked again`;
  }
  if (event.kind !== 'complete' && event.kind !== 'give-up') return undefined;
  const what = event.kind === 'complete' ? 'completed' : 'given up';
  const invoked = invokedAt.get(event.op);
  if (invoked === undefined) {
    return isWhole ? `op ${event.op} is ${what} and was never invoked` : undefined;
  }
  return invoked < index ? undefined : `op ${event.op} is ${what} before it is invoked`;
}
