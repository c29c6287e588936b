/** The fixtures' ledgers, read once from the users' point of view. */

import type { LedgerEntry } from '../harness/history/ledger.ts';
import { upstreamSessionOf } from '../harness/history/upstream-session.ts';

/** One increment as a fixture received it. */
export interface ReceivedCall {
  readonly upstream: string;
  readonly startMs: number;
  /** When it was answered or its caller was gone; Infinity if neither is known. */
  endMs: number;
}

export interface LedgerJoin {
  readonly received: ReadonlyMap<string, ReceivedCall>;
  /** How often each opId was applied. */
  readonly applied: ReadonlyMap<string, number>;
  /** Upstream sessions that served more than one user, with the users. */
  readonly shared: readonly (readonly [session: string, users: readonly string[]])[];
}

/** The user and the number of an opId of ours; undefined for anybody else's. */
export function ownerOf(opId: string): { readonly user: string; readonly n: number } | undefined {
  const match = /^(user\d+(?:\.\d+)?)-(\d+)$/.exec(opId);
  if (match?.[1] === undefined) return undefined;
  return { user: match[1], n: Number(match[2]) };
}

export function joinForUsers(ledger: readonly LedgerEntry[]): LedgerJoin {
  const received = new Map<string, ReceivedCall>();
  const applied = new Map<string, number>();
  const usersOf = new Map<string, Set<string>>();
  for (const line of ledger) {
    if (!('opId' in line) || line.opId === undefined) continue;
    const owner = ownerOf(line.opId);
    if (owner === undefined) continue;
    if (line.kind === 'request') {
      // The first one counts: a second one shows in `applied`.
      if (!received.has(line.opId)) {
        const { upstream, atMs } = line;
        received.set(line.opId, { upstream, startMs: atMs, endMs: Infinity });
      }
      const { key } = upstreamSessionOf(line);
      const users = usersOf.get(key);
      if (users === undefined) usersOf.set(key, new Set([owner.user]));
      else users.add(owner.user);
    } else if (line.kind === 'apply') {
      applied.set(line.opId, (applied.get(line.opId) ?? 0) + 1);
    } else if (line.kind === 'answer' || line.kind === 'disconnect') {
      const call = received.get(line.opId);
      if (call?.endMs === Infinity) call.endMs = line.atMs;
    }
  }
  const shared = [...usersOf].filter(([, users]) => users.size > 1);
  return { received, applied, shared: shared.map(([key, users]) => [key, [...users]]) };
}
