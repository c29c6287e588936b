/**
 * Calls of one client session in the upstream session of another. Whose it is is decided by whom it
 * served most: that blames the fewest calls.
 */

import type { Service, UpstreamSession } from '../history/join.ts';
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

export function strangersIn({ join }: CaseFile): readonly Stranger[] {
  const users = new Map<UpstreamSession, Map<string, Service[]>>();
  for (const service of join.services) {
    const { session } = service.operation.invoke;
    const here = users.get(service.upstreamSession);
    if (here === undefined) users.set(service.upstreamSession, new Map([[session, [service]]]));
    else if (here.has(session)) here.get(session)?.push(service);
    else here.set(session, [service]);
  }
  return [...users].flatMap(([home, bySession]) =>
    bySession.size === 1 ? [] : strangersAt(home, [...bySession.values()]),
  );

  function strangersAt(
    home: UpstreamSession,
    guests: readonly (readonly Service[])[],
  ): readonly Stranger[] {
    const [most, ...others] = guests.toSorted((a, b) => b.length - a.length);
    const ownersFirst = most?.[0];
    if (ownersFirst === undefined) return [];
    return others.flatMap((services) => strangerOf(home, ownersFirst, services));
  }

  function strangerOf(
    home: UpstreamSession,
    ownersFirst: Service,
    services: readonly Service[],
  ): readonly Stranger[] {
    const [first] = services;
    if (first === undefined) return [];
    const applied = services.flatMap(({ operation }) =>
      join
        .applicationsOf(operation.invoke.opId ?? '')
        .filter((line) => join.homeOf(line) === home)
        .map((line) => ({ operation, line })),
    );
    const isForeign = applied.length > 0;
    const culprits = isForeign ? applied : services;
    return [
      {
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
      },
    ];
  }
}
