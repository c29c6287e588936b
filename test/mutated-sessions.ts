/** Recordings with their calls at hand, and client sessions that were moved about, at every position. */

import type { Evidence } from '../harness/checks/check.ts';
import type { HistoryEvent } from '../harness/history/event.ts';
import { receiptsOfCalls } from '../harness/history/exposure.ts';
import { joinLedger } from '../harness/history/join.ts';
import type { LedgerEntry } from '../harness/history/ledger.ts';
import { operationsOf, type Operation } from '../harness/history/operation.ts';
import { upstreamSessionOf } from '../harness/history/upstream-session.ts';
import type { Recorded } from '../harness/run/recorded.ts';
import { recounted, type ApplyLine, type History } from './mutated-history.ts';

/** One history gone wrong, and where. */
export interface Mutant extends History {
  readonly at: string;
}

export function evidenceOf(recorded: Recorded, { events, ledger }: History): Evidence {
  const operations = operationsOf(events);
  const receipts = [...recorded.receipts, ...receiptsOfCalls(operations, ledger)];
  return { ...recorded, events, ledger, operations, receipts };
}

/** A recording with its calls at hand, for mutations to choose from. */
export function bookOf(recorded: Recorded) {
  const { operations, ledger } = evidenceOf(recorded, recorded);
  const join = joinLedger(operations, ledger);
  const applies = ledger.filter((line): line is ApplyLine => line.kind === 'apply');
  const calls = join.services.map(({ operation, line }) => ({ operation, line }));
  return { operations, ledger, join, applies, calls };
}

export type Book = ReturnType<typeof bookOf>;

export const isOk = ({ outcome }: Operation): boolean => outcome?.type === 'ok';

export function withLedger(recorded: Recorded, ledger: readonly LedgerEntry[]): History {
  return recounted({ events: recorded.events, ledger });
}

/** From each of its calls on, a client is served by a new upstream session; `between` may say why. */
export function moves(
  recorded: Recorded,
  { calls }: Book,
  epoch: (old: LedgerEntry) => string,
  between: (
    old: LedgerEntry & { readonly session: string },
    atMs: number,
  ) => readonly LedgerEntry[],
): readonly Mutant[] {
  const byClient = Map.groupBy(calls, ({ operation, line }) =>
    JSON.stringify([operation.invoke.session, upstreamSessionOf(line).key]),
  );
  return [...byClient.values()].flatMap((own) =>
    own.slice(1).flatMap(({ operation, line }, index) => {
      const isAnswered = ({ operation: one }: (typeof own)[number]): boolean => isOk(one);
      const rest = own.slice(index + 1);
      if (!own.slice(0, index + 1).some(isAnswered) || !rest.some(isAnswered)) return [];
      const moved = new Set(rest.map((one) => one.operation.invoke.opId));
      const fresh = { epoch: epoch(line), session: 'fresh-1' };
      const atMs = line.atMs - 0.0004;
      const opened = { ...line, ...fresh, atMs, kind: 'initialize', nonce: 'fresh' } as const;
      const ledger = recorded.ledger.map((one) =>
        'opId' in one && moved.has(one.opId) ? { ...one, ...fresh } : one,
      );
      const all = [...ledger, ...between(line, atMs - 0.0002), opened];
      return [{ at: `from ${operation.invoke.opId}`, ...withLedger(recorded, all) }];
    }),
  );
}

/** Each call that is or is no increment, moved to every other client's upstream session that lives then. */
export function strays(
  recorded: Recorded,
  { calls, join }: Book,
  isWanted: (operation: Operation) => boolean,
): readonly Mutant[] {
  const byHome = Map.groupBy(calls, ({ line }) => upstreamSessionOf(line).key);
  return calls
    .filter(({ operation }) => isWanted(operation))
    .flatMap(({ operation, line }) =>
      [...byHome.values()].flatMap((theirs) => {
        const [their] = theirs;
        const isOther =
          their !== undefined &&
          theirs.length > 1 &&
          their.line.upstream === line.upstream &&
          their.operation.invoke.session !== operation.invoke.session;
        if (!isOther) return [];
        const { epoch, session } = join.homeOf(their.line);
        const { opId } = operation.invoke;
        const ledger = recorded.ledger.map((one) =>
          'opId' in one && one.opId === opId ? { ...one, epoch, session } : one,
        );
        return [{ at: `${opId} to ${session}`, ...withLedger(recorded, ledger) }];
      }),
    );
}

/** One more call, refused just before, that tells the client that its state is lost. */
export function toldOfLoss(
  events: readonly HistoryEvent[],
  before: Operation,
): readonly HistoryEvent[] {
  const { opId: _none, ...invoke } = before.invoke;
  const op = 1_000_000;
  const atMs = before.startMs - 0.0003;
  const message = 'the session with the upstream was lost';
  const outcome = { type: 'fail', kind: 'rpc-error', code: -32_001, message } as const;
  const at = events.findIndex((event) => event.kind === 'invoke' && event.op === before.invoke.op);
  return events.toSpliced(
    at,
    0,
    { ...invoke, op, atMs },
    { kind: 'complete', seq: -1, op, atMs: atMs + 0.0001, outcome },
  );
}
