/**
 * Client sessions that were served by another upstream session than before, and had not been told
 * that their state was lost. Where the old one was gone it is a silent reset; where it lived on, the
 * state was split; where one of the two belonged to another client, that is what went wrong.
 */

import type { Service } from '../history/join.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { wasToldBefore } from '../history/news-of-loss.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';
import { Ends } from './ends.ts';
import { answersOfMovers, servicesOfMovers } from './movers.ts';
import { statesIn } from './states.ts';
import type { Stranger } from './strangers.ts';

/** What a move can be called. */
export const MOVE_NAMES = ['SILENT_RESET', 'SESSION_SPLIT', 'SESSION_SHARED', 'FOREIGN'] as const;

export interface Move extends Anomaly<(typeof MOVE_NAMES)[number]> {
  /** The upstream session that it was moved to, as far as the ledger knows it. */
  readonly to?: UpstreamSession;
  /** The first calls in both, where the ledger saw both in one life of the upstream. */
  readonly served?: { readonly from: Service; readonly to: Service };
  /** The client was answered out of both: first out of the old state, first out of the fresh one. */
  readonly answered?: { readonly before: Operation; readonly fresh: Operation };
}

/** One move before it has its name. */
interface Found {
  readonly from: UpstreamSession | undefined;
  readonly to: UpstreamSession | undefined;
  readonly toKey: string;
  readonly atMs: number;
  readonly before: Operation;
  readonly fresh: Operation;
  readonly lines: readonly LedgerEntry[];
  readonly how: Pick<Move, 'served' | 'answered'>;
}

export function movesIn(about: JudgedCase, strangers: readonly Stranger[]): readonly Move[] {
  const guests = new Map<UpstreamSession, Map<string, Stranger>>();
  for (const one of strangers) {
    guests.set(one.home, (guests.get(one.home) ?? new Map()).set(one.session, one));
  }
  const ends = new Ends(about.ledger, about.join);
  const nameOf = ({ from, to, fresh, atMs }: Found): Move['name'] => {
    for (const home of [from, to]) {
      const stranger = home && guests.get(home)?.get(fresh.invoke.session);
      if (stranger !== undefined) return stranger.name;
    }
    return ends.hadEnded(from, to, atMs) ? 'SILENT_RESET' : 'SESSION_SPLIT';
  };
  const moves = new Map<string, Move>();
  for (const found of [...splits(about), ...resets(about)]) {
    const { session } = found.fresh.invoke;
    const key = JSON.stringify([session, found.toKey]);
    moves.set(key, { ...moveOf(found, nameOf(found)), ...moves.get(key), ...found.how });
  }
  return [...moves.values()];
}

function moveOf({ to, before, fresh, lines, how }: Found, name: Move['name']): Move {
  const { session, upstream = to?.upstream } = fresh.invoke;
  return {
    name,
    session,
    operations: [fresh, before],
    lines,
    ...(upstream !== undefined && { upstream }),
    ...(to !== undefined && { to }),
    ...how,
  };
}

/** By the ledger: in one life of an upstream, calls of one client session in several sessions. */
function splits(about: JudgedCase): readonly Found[] {
  const { isExposed, newsOf } = about;
  // What a fault took with it says nothing about where the session lives.
  const settled = servicesOfMovers(about).filter(
    ({ operation }) => operation.outcome?.type === 'ok' || !isExposed(operation),
  );
  const groups = Map.groupBy(settled, ({ operation, upstreamSession: { upstream, epoch } }) =>
    JSON.stringify([operation.invoke.session, upstream, epoch]),
  );
  return [...groups.values()].flatMap((calls) => {
    const homes = [...Map.groupBy(calls, ({ upstreamSession }) => upstreamSession).values()];
    return pairs(homes).flatMap(([old, home]) => {
      const [from, to] = [old[0] as Service, home[0] as Service];
      const before = from.operation;
      const fresh = firstAnswered(home) ?? to.operation;
      const { session, upstream } = fresh.invoke;
      const fromMs = least(old, ({ operation }) => operation.startMs);
      if (wasToldBefore(fresh, newsOf(session, upstream), fromMs)) return [];
      return [
        {
          from: from.upstreamSession,
          to: to.upstreamSession,
          toKey: to.upstreamSession.key,
          atMs: to.line.atMs,
          before,
          fresh,
          lines: [from.line, to.line],
          how: { served: { from, to } },
        },
      ];
    });
  });
}

function firstAnswered(home: readonly Service[]): Operation | undefined {
  let first: Operation | undefined;
  for (const { operation } of home) {
    const isOk = operation.outcome?.type === 'ok';
    if (isOk && operation.endMs < (first?.endMs ?? Infinity)) first = operation;
  }
  return first;
}

/** By the answers: they came out of one state, and then out of another. */
function resets(about: JudgedCase): readonly Found[] {
  const { join, newsOf } = about;
  const { keyOf, homeAt } = statesIn(about);
  const answered = answersOfMovers(about).filter(about.hasOwnAnswer);
  // Answers may come in another order than that in which the calls reached their upstream; a call that
  // was repeated was answered by the session that its answer names.
  const servedMs = (one: Operation): number => {
    const services = join.servicesOf(one);
    const home = homeAt(keyOf(one));
    const there = services.find(({ upstreamSession }) => upstreamSession === home);
    return (there ?? services.at(-1))?.line.atMs ?? one.endMs;
  };
  const groups = Map.groupBy(answered, ({ invoke }) =>
    JSON.stringify([invoke.session, invoke.upstream]),
  );
  return [...groups.values()].flatMap((calls) => {
    const byState = Map.groupBy(calls, keyOf);
    const states = [...byState]
      .map(([key, ofState]) => ({ key, calls: ofState, bornMs: least(ofState, servedMs) }))
      .toSorted((a, b) => a.bornMs - b.bornMs);
    return pairs(states).flatMap(([old, state]) => {
      // Operations are in the order in which they were sent.
      const before = old.calls[0] as Operation;
      const fresh = answeredFirst(state.calls);
      const { session, upstream } = fresh.invoke;
      if (wasToldBefore(fresh, newsOf(session, upstream), before.startMs)) return [];
      const to = homeAt(state.key);
      return [
        {
          from: homeAt(old.key),
          to,
          toKey: to?.key ?? state.key,
          atMs: state.bornMs,
          before,
          fresh,
          lines: join.servicesOf(fresh).map(({ line }) => line),
          how: { answered: { before, fresh } },
        },
      ];
    });
  });
}

/** Each with its successor. */
function pairs<T>(list: readonly T[]): readonly (readonly [T, T])[] {
  return list.slice(1).map((one, index) => [list[index] as T, one]);
}

function least<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((lowest, one) => Math.min(lowest, of(one)), Infinity);
}

function answeredFirst(list: readonly Operation[]): Operation {
  return list.reduce((first, one) => (one.endMs < first.endMs ? one : first));
}
