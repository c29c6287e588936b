/**
 * What would have been recorded if one thing had gone wrong: a recorded history and its ledger with one
 * event dropped, doubled, swapped, reset or moved, and everything that follows from it. Upstreams and
 * clients would have gone on counting from there, so all values after it are worked out anew.
 */

import type { HistoryEvent, Outcome } from '../harness/history/event.ts';
import type { LedgerEntry } from '../harness/history/ledger.ts';
import { upstreamSessionOf } from '../harness/history/upstream-session.ts';

export interface History {
  readonly events: readonly HistoryEvent[];
  readonly ledger: readonly LedgerEntry[];
}

export type ApplyLine = LedgerEntry & { readonly kind: 'apply' };

/** The same with the outcomes of some operations replaced, by op. */
export function withOutcome(
  { events, ledger }: History,
  op: number,
  change: (outcome: Outcome) => Outcome,
): History {
  return {
    ledger,
    events: events.map((event) =>
      event.kind === 'complete' && event.op === op
        ? { ...event, outcome: change(event.outcome) }
        : event,
    ),
  };
}

/** The payload with another value, opId or the like. */
export function saying(outcome: Outcome, payload: Readonly<Record<string, unknown>>): Outcome {
  return { ...outcome, payload: { ...outcome.payload, ...payload } };
}

/** The ledger in order of time with its values counted anew, and every client told what follows. */
export function recounted({ events, ledger }: History): History {
  const values = new Map<string, number>();
  const nonces = new Map<string, string>();
  const told = new Map<string, { value: number; home: string; isApplied: boolean }>();
  const lines = ledger
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((line): LedgerEntry => {
      if (!('session' in line) || line.session === undefined) return line;
      const home = upstreamSessionOf({ ...line, session: line.session }).key;
      const value = values.get(home) ?? 0;
      if (line.kind === 'initialize') nonces.set(home, `${line.epoch} ${line.nonce}`);
      if (line.kind === 'request' && line.opId !== undefined) {
        told.set(line.opId, { value, home, isApplied: false });
      }
      if (line.kind !== 'apply') return line;
      values.set(home, value + 1);
      // Its first application is what an increment answers.
      if (told.get(line.opId)?.isApplied !== true) {
        told.set(line.opId, { value: value + 1, home, isApplied: true });
      }
      return { ...line, before: value, after: value + 1 };
    });
  return { ledger: lines, events: retold(events, told, nonces) };
}

function retold(
  events: readonly HistoryEvent[],
  told: ReadonlyMap<string, { value: number; home: string; isApplied: boolean }>,
  nonces: ReadonlyMap<string, string>,
): readonly HistoryEvent[] {
  const asked = new Map(
    events
      .filter((event) => event.kind === 'invoke')
      .map((event) => [event.op, { tool: event.tool, answer: told.get(event.opId ?? '') }]),
  );
  return events.map((event) => {
    if (event.kind !== 'complete') return event;
    const { tool, answer } = asked.get(event.op) ?? {};
    const { outcome } = event;
    if (answer === undefined || outcome.payload?.['nonce'] === undefined) return event;
    const [epoch, nonce] = nonces.get(answer.home)?.split(' ') ?? [];
    const isRead = tool === 'get' || tool === 'break';
    const counts = answer.isApplied || isRead ? { value: answer.value } : {};
    const own = tool === 'progress' ? {} : counts;
    return { ...event, outcome: saying(outcome, { ...own, epoch, nonce }) };
  });
}
