/** What clients were told of the loss of their state, and whether that was in time. */

import { EXPOSURE_TOLERANCE_MS } from './exposure.ts';
import { tellsLoss } from './loss.ts';
import type { Operation } from './operation.ts';

/** The calls whose answers told a session that its state on an upstream is gone, in order of arrival; the history is read once. */
export function newsBySession(
  operations: readonly Operation[],
): (session: string, upstream: string | undefined) => readonly Operation[] {
  const bySession = Map.groupBy(operations.filter(isNewsOfLoss), ({ invoke }) => invoke.session);
  const known = new Map<string, readonly Operation[]>();
  return (session, upstream) => {
    const key = JSON.stringify([session, upstream]);
    const news =
      known.get(key) ??
      (bySession.get(session) ?? [])
        .filter((operation) => concerns(operation, upstream))
        .toSorted((a, b) => a.endMs - b.endMs);
    known.set(key, news);
    return news;
  };
}

/**
 * Whether news of loss came after `fromMs` and before this answer out of fresh state. Two answers on
 * two connections may be read in the other order than they were sent, hence the tolerance.
 * @param news in order of arrival.
 */
export function wasToldBefore(
  fresh: Operation,
  news: readonly Operation[],
  fromMs: number,
): boolean {
  let low = 0;
  for (let high = news.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((news[middle]?.endMs ?? 0) < fromMs) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < news.length; at += 1) {
    const { startMs, endMs } = news[at] as Operation;
    if (endMs > fresh.endMs + EXPOSURE_TOLERANCE_MS) return false;
    if (startMs <= fresh.endMs) return true;
  }
  return false;
}

function isNewsOfLoss({ outcome }: Operation): boolean {
  return outcome !== undefined && tellsLoss(outcome);
}

/** 404 is about the whole session; an error that names another upstream only is not about this one. */
function concerns({ invoke, outcome }: Operation, upstream: string | undefined): boolean {
  const asked = invoke.upstream;
  if (upstream === undefined || asked === undefined || asked === upstream) return true;
  const message = outcome?.message ?? '';
  return outcome?.status === 404 || message.includes(upstream) || !message.includes(asked);
}
