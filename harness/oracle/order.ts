/** Calls that took effect after one that was begun when they had been answered: real time, against the ledger's order. */

import type { UpstreamSession } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';
import type { Effect } from './effects.ts';

/** All effects of one operation on one counter. */
interface Span {
  readonly operation: Operation;
  readonly effect: Effect;
  first: number;
  last: number;
}

export function orderAnomalies(
  { hasOwnAnswer }: JudgedCase,
  effects: readonly Effect[],
): readonly Anomaly[] {
  // One whose fate was unknown may take effect at any time, and what is another's answer says nothing.
  const isAnswered = (operation: Operation): boolean =>
    operation.outcome?.type === 'ok' && hasOwnAnswer(operation);
  const counters = new Map<UpstreamSession, Span[]>();
  for (const effect of effects) {
    const { home, operation, first, last } = effect;
    const spans = counters.get(home) ?? [];
    if (spans.length === 0) counters.set(home, spans);
    // The effects of one operation come one after the other.
    const known = spans.at(-1);
    if (known?.operation === operation) {
      known.first = Math.min(known.first, first);
      known.last = Math.max(known.last, last);
    } else spans.push({ operation, effect, first, last });
  }
  return [...counters.values()].flatMap((spans) => onCounter(spans, isAnswered));
}

/** For each answered call, the one that was begun last among all that had taken effect before it. */
function onCounter(
  spans: readonly Span[],
  isAnswered: (operation: Operation) => boolean,
): readonly Anomaly[] {
  const done = spans.toSorted((a, b) => a.last - b.last);
  const found: Anomaly[] = [];
  let next = 0;
  let latest: Span | undefined;
  for (const span of spans.toSorted((a, b) => a.first - b.first)) {
    for (; (done[next]?.last ?? Infinity) < span.first; next += 1) {
      const one = done[next] as Span;
      if (latest === undefined || one.operation.startMs > latest.operation.startMs) latest = one;
    }
    if (latest === undefined || !isAnswered(span.operation)) continue;
    if (latest.operation.startMs > span.operation.endMs) found.push(anomaly(span, latest));
  }
  return found;
}

function anomaly(late: Span, early: Span): Anomaly {
  return {
    name: 'ORDER',
    session: late.operation.invoke.session,
    upstream: late.effect.home.upstream,
    operations: [late.operation, early.operation],
    lines: [late.effect.line, early.effect.line],
  };
}
