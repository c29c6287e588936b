/**
 * Calls of one client session in the upstream session of another. It is not that of a client who came
 * when somebody else had used it already, be it before the ledger begins; of all others it is that of
 * whom it served most, because that blames the fewest calls.
 */

import { LINE } from '../history/ledger-columns.ts';
import type { Service } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { Anomaly } from './anomaly.ts';
import type { CaseFile } from './case-file.ts';

/** One client session's calls in an upstream session that is not its own. */
export interface Stranger extends Anomaly<'FOREIGN' | 'SESSION_SHARED'> {
  readonly home: UpstreamSession;
  readonly owner: string;
  /** The owner's first call there, unless it was made before the history begins; and the stranger's. */
  readonly ownersFirst?: Service;
  readonly first: Service;
  /** How many of its calls were served there. */
  readonly calls: number;
}

export function isStranger(one: Anomaly): one is Stranger {
  return 'owner' in one;
}

/** Whoever was there before the history begins. */
const EARLIER = 'an earlier client';

/** Of one client session, in ledger order. */
type Calls = readonly [Service, ...Service[]];

export function strangersIn(about: CaseFile): readonly Stranger[] {
  const { join, pasts } = about;
  const isUsed = new Set(join.columns.homes.filter((_, number) => pasts.isUsed[number] === 1));
  if (isUsed.size === 0 && !isAnyShared(about)) return [];
  const users = new Map<UpstreamSession, Map<string, [Service, ...Service[]]>>();
  for (const service of join.services) {
    const { session } = service.operation.invoke;
    const here = users.get(service.upstreamSession) ?? new Map<string, [Service, ...Service[]]>();
    users.set(service.upstreamSession, here);
    const known = here.get(session);
    if (known === undefined) here.set(session, [service]);
    else known.push(service);
  }
  const begunMs = firstSeenMs(about.operations);
  return [...users].flatMap(([home, bySession]) => strangersAt(home, [...bySession.values()]));

  /** @param guests in the order in which they first came. */
  function strangersAt(home: UpstreamSession, guests: readonly Calls[]): readonly Stranger[] {
    if (isUsed.has(home)) return guests.map((services) => strangerOf(home, undefined, services));
    const usedFromMs = (guests[0] as Calls)[0].line.atMs;
    const [owners, ...others] = guests.toSorted(
      (a, b) =>
        Number(cameLater(a, usedFromMs)) - Number(cameLater(b, usedFromMs)) || b.length - a.length,
    );
    const [ownersFirst] = owners as Calls;
    return others.map((services) => strangerOf(home, ownersFirst, services));
  }

  /** The upstream session was in use before this client was first heard of. */
  function cameLater([{ operation }]: Calls, usedFromMs: number): boolean {
    return (begunMs.get(operation.invoke.session) as number) > usedFromMs;
  }

  function strangerOf(
    home: UpstreamSession,
    ownersFirst: Service | undefined,
    services: Calls,
  ): Stranger {
    const [first] = services;
    const applied = services.flatMap(({ operation }) =>
      join
        .applicationsOf(operation.invoke.opId ?? '')
        .filter((line) => join.homeOf(line) === home)
        .map((line) => ({ operation, line })),
    );
    const isForeign = applied.length > 0;
    const culprits = isForeign ? applied : services;
    return {
      name: isForeign ? 'FOREIGN' : 'SESSION_SHARED',
      session: first.operation.invoke.session,
      upstream: home.upstream,
      operations: [...new Set(culprits.map(({ operation }) => operation))],
      lines: culprits.map(({ line }) => line),
      home,
      owner: ownersFirst?.operation.invoke.session ?? EARLIER,
      ...(ownersFirst !== undefined && { ownersFirst }),
      first,
      calls: services.length,
    };
  }
}

/** When each client session first sent anything. */
function firstSeenMs(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { invoke, startMs } of operations) {
    if (startMs < (first.get(invoke.session) ?? Infinity)) first.set(invoke.session, startMs);
  }
  return first;
}

/** Whether any upstream session served more than one client session: usually none did. */
function isAnyShared({ join, of }: CaseFile): boolean {
  const { kinds, opAt, homeNumberAt, homes } = join.columns;
  const client = new Int32Array(homes.length).fill(-1);
  for (let place = 0; place < kinds.length; place += 1) {
    const index = opAt[place] as number;
    if (index < 0 || kinds[place] !== LINE.request) continue;
    const home = homeNumberAt[place] as number;
    const asking = of.clientOf[index] as number;
    if (client[home] === -1) client[home] = asking;
    else if (client[home] !== asking) return true;
  }
  return false;
}
