/** Two lives of one upstream that served one client session at the same time, by the ledger's clock. */

import type { Service } from '../history/join.ts';
import type { Anomaly } from './anomaly.ts';
import type { CaseFile } from './case-file.ts';
import { servicesOfMovers } from './movers.ts';

interface Life {
  readonly first: Service;
  last: Service;
}

export function splitBrains(about: CaseFile): readonly Anomaly[] {
  const groups = new Map<string, Map<string, Life>>();
  for (const service of servicesOfMovers(about)) {
    const { upstream, epoch } = service.upstreamSession;
    const key = JSON.stringify([service.operation.invoke.session, upstream]);
    const lives = groups.get(key) ?? new Map<string, Life>();
    groups.set(key, lives);
    const life = lives.get(epoch);
    if (life === undefined) lives.set(epoch, { first: service, last: service });
    else life.last = service;
  }
  return [...groups.values()].flatMap((lives) => overlaps([...lives.values()]));
}

/** @param lives in the order in which they first served it. */
function overlaps(lives: readonly Life[]): readonly Anomaly[] {
  const found: Anomaly[] = [];
  let longest = lives[0] as Life;
  for (const life of lives.slice(1)) {
    if (life.first.line.atMs < longest.last.line.atMs) {
      const { first } = life;
      found.push({
        name: 'SPLIT_BRAIN',
        session: first.operation.invoke.session,
        upstream: first.upstreamSession.upstream,
        operations: [longest.last.operation, first.operation],
        lines: [longest.last.line, first.line],
      });
    }
    if (life.last.line.atMs > longest.last.line.atMs) longest = life;
  }
  return found;
}
