/**
 * Calls of one client session in the upstream session of another. Whose it is is decided by whom it
 * served most: that blames the fewest calls.
 */

import { LINE } from '../history/ledger-columns.ts';
import type { Service } from '../history/join.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { Anomaly } from './anomaly.ts';
import type { CaseFile } from './case-file.ts';

/** One client session's calls in an upstream session that is not its own. */
export interface Stranger extends Anomaly {
  readonly home: UpstreamSession;
  readonly owner: string;
  /** The owner's first call there, and the stranger's. */
  readonly ownersFirst: Service;
  readonly first: Service;
  /** How many of its calls were served there. */
  readonly calls: number;
}

/** Of one client session, in ledger order. */
type Calls = readonly [Service, ...Service[]];

export function strangersIn(about: CaseFile): readonly Stranger[] {
  const { join } = about;
  if (!isAnyShared(about)) return [];
  const users = new Map<UpstreamSession, Map<string, [Service, ...Service[]]>>();
  for (const service of join.services) {
    const { session } = service.operation.invoke;
    const here = users.get(service.upstreamSession) ?? new Map<string, [Service, ...Service[]]>();
    users.set(service.upstreamSession, here);
    const known = here.get(session);
    if (known === undefined) here.set(session, [service]);
    else known.push(service);
  }
  return [...users].flatMap(([home, bySession]) => strangersAt(home, [...bySession.values()]));

  function strangersAt(home: UpstreamSession, guests: readonly Calls[]): readonly Stranger[] {
    const [most, ...others] = guests.toSorted((a, b) => b.length - a.length);
    const [ownersFirst] = most as Calls;
    return others.map((services) => strangerOf(home, ownersFirst, services));
  }

  function strangerOf(home: UpstreamSession, ownersFirst: Service, services: Calls): Stranger {
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
      owner: ownersFirst.operation.invoke.session,
      ownersFirst,
      first,
      calls: services.length,
    };
  }
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
