/**
 * Client sessions that went back: answered out of one upstream session, then out of another, and then
 * served by the first again. Whatever they were told of a loss, the first was not lost. By what the
 * clients saw: a call that was begun after the answer out of the other, both ways.
 */

import type { Service } from '../history/join.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { Anomaly } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';
import { servicesOfMovers } from './movers.ts';
import { statesIn, type States } from './states.ts';

/** What one upstream session did for one client session. */
interface Stay {
  readonly home: UpstreamSession;
  /** The call that was begun last of those that were answered or applied here. */
  last: Service;
  /** The first answer out of it. */
  first: Service;
}

export function returnsIn(about: JudgedCase): readonly Anomaly[] {
  const states = statesIn(about);
  const settled = servicesOfMovers(about).filter((service) => isSettled(service, about, states));
  const groups = Map.groupBy(settled, ({ operation, upstreamSession: { upstream, epoch } }) =>
    JSON.stringify([operation.invoke.session, upstream, epoch]),
  );
  return [...groups.values()].flatMap((calls) => {
    const pair = sideBySide(staysIn(calls, about, states));
    return pair === undefined ? [] : [splitOf(...pair)];
  });
}

/** Here and nowhere else, as far as the ledger and the answer know. */
function isSettled(service: Service, about: JudgedCase, states: States): boolean {
  const { operation, upstreamSession } = service;
  const { join } = about;
  const applied = join.applicationsOf(operation.invoke.opId ?? '');
  if (applied.length > 0) return applied.some((line) => join.homeOf(line) === upstreamSession);
  return isAnsweredHere(service, about, states);
}

/** Where several were asked, the answer has to name which of them it came from. */
function isAnsweredHere(
  { operation, upstreamSession }: Service,
  { join, hasOwnAnswer }: JudgedCase,
  { keyOf, homeAt }: States,
): boolean {
  if (operation.outcome?.type !== 'ok' || !hasOwnAnswer(operation)) return false;
  const home = homeAt(keyOf(operation));
  if (home !== undefined) return home === upstreamSession;
  return join.servicesOf(operation).length === 1;
}

function staysIn(calls: readonly Service[], about: JudgedCase, states: States): readonly Stay[] {
  const homes = Map.groupBy(calls, ({ upstreamSession }) => upstreamSession);
  return [...homes].flatMap(([home, here]) => {
    const answered = here.filter((service) => isAnsweredHere(service, about, states));
    const [first] = answered.toSorted((a, b) => a.operation.endMs - b.operation.endMs);
    const [last] = here.toSorted((a, b) => b.operation.startMs - a.operation.startMs);
    return first === undefined || last === undefined ? [] : [{ home, first, last }];
  });
}

/** Two of them, each of which served a call that was begun after an answer out of the other. */
function sideBySide(stays: readonly Stay[]): readonly [Stay, Stay] | undefined {
  const bornMs = ({ first }: Stay): number => first.operation.endMs;
  const aliveMs = ({ last }: Stay): number => last.operation.startMs;
  const seenMs = (stay: Stay): number => Math.min(bornMs(stay), aliveMs(stay));
  // In order of what comes first in each: who was alive after an answer out of it is the one to compare
  // with, and the next of those lives longer, or the two are a pair.
  let longest: Stay | undefined;
  for (const stay of stays.toSorted((a, b) => seenMs(a) - seenMs(b))) {
    if (
      longest !== undefined &&
      aliveMs(longest) > bornMs(stay) &&
      aliveMs(stay) > bornMs(longest)
    ) {
      return [longest, stay];
    }
    if (aliveMs(stay) > bornMs(stay)) longest = stay;
  }
  return undefined;
}

function splitOf(one: Stay, other: Stay): Anomaly {
  const { operation, line } = one.last;
  return {
    name: 'SESSION_SPLIT',
    session: operation.invoke.session,
    upstream: one.home.upstream,
    operations: [operation, other.first.operation],
    lines: [line, other.first.line],
  };
}
