/** Which upstream sessions were known to be over, and since when: deleted, forgotten, unknown, or of an earlier life. */

import type { Join } from '../history/join.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';
import type { LedgerEntry } from '../history/ledger.ts';

export class Ends {
  readonly #endedMs = new Map<UpstreamSession, number>();
  /** When each upstream forgot all its sessions, in order. */
  readonly #forgotMs = new Map<string, number[]>();
  readonly #openedMs = new Map<UpstreamSession, number>();

  constructor(ledger: readonly LedgerEntry[], join: Join) {
    for (const line of ledger) this.#take(line, join);
  }

  /** Whether the first had ended when the second was served, at `atMs`. One that nobody knows had not. */
  hadEnded(
    from: UpstreamSession | undefined,
    to: UpstreamSession | undefined,
    atMs: number,
  ): boolean {
    if (from === undefined) return false;
    if (to !== undefined && to.epoch !== from.epoch) return true;
    const bornMs = this.#openedMs.get(from) ?? -Infinity;
    const forgot = this.#forgotMs.get(from.upstream);
    return (
      (this.#endedMs.get(from) ?? Infinity) <= atMs ||
      forgot?.some((forgotMs) => forgotMs >= bornMs && forgotMs <= atMs) === true
    );
  }

  #take(line: LedgerEntry, join: Join): void {
    if (line.kind === 'initialize') this.#openedMs.set(join.homeOf(line), line.atMs);
    if (line.kind === 'control' && line.command['kind'] === 'forget-sessions') {
      const forgot = this.#forgotMs.get(line.upstream);
      if (forgot === undefined) this.#forgotMs.set(line.upstream, [line.atMs]);
      else forgot.push(line.atMs);
    }
    if (line.kind !== 'delete' && line.kind !== 'unknown-session') return;
    const { session } = line;
    if (session === undefined) return;
    const home = join.homeOf({ ...line, session });
    if (!this.#endedMs.has(home)) this.#endedMs.set(home, line.atMs);
  }
}
