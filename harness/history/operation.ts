/** The history folded into operations: an invoke with everything that answered it. */

import type { CompleteEvent, GiveUpEvent, HistoryEvent, InvokeEvent, Outcome } from './event.ts';

export interface Operation {
  readonly invoke: InvokeEvent;
  /** In order of arrival. None: the harness lost it. Two: the target answered twice. */
  readonly completions: readonly CompleteEvent[];
  readonly giveUp?: GiveUpEvent;
  readonly outcome?: Outcome;
  readonly startMs: number;
  /** Infinity while nothing answered. */
  readonly endMs: number;
}

export function operationsOf(events: readonly HistoryEvent[]): readonly Operation[] {
  const completions = Map.groupBy(
    events.filter((event) => event.kind === 'complete'),
    (event) => event.op,
  );
  // The first one counts: a session that hangs up later aborts what it has cancelled before.
  const giveUps = new Map(
    events
      .filter((event) => event.kind === 'give-up')
      .toReversed()
      .map((event) => [event.op, event]),
  );
  return events
    .filter((event) => event.kind === 'invoke')
    .map((invoke) => {
      const answers = completions.get(invoke.op) ?? [];
      const giveUp = giveUps.get(invoke.op);
      const first = answers[0];
      return {
        invoke,
        completions: answers,
        startMs: invoke.atMs,
        endMs: first?.atMs ?? Infinity,
        ...(giveUp !== undefined && { giveUp }),
        ...(first !== undefined && { outcome: first.outcome }),
      };
    });
}
