/** The counter of each upstream session, as the ledger kept it: every application in order, and what it stood at when. */

import type { Apply, Join, UpstreamSession } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';

interface Counter {
  readonly applies: Apply[];
  isInOrder: boolean;
}

export class Counters {
  readonly #byHome = new Map<UpstreamSession, Counter>();

  constructor(ledger: readonly LedgerEntry[], join: Join) {
    for (const line of ledger) {
      if (line.kind === 'apply') this.#add(join.homeOf(line), line);
    }
    for (const counter of this.#byHome.values()) {
      // What was joined late stands at the end of the ledger.
      if (!counter.isInOrder) counter.applies.sort((a, b) => a.seq - b.seq);
    }
  }

  /** What the counter stood at just before this line of its upstream's ledger. */
  valueBefore(home: UpstreamSession, seq: number): number {
    return this.#lastUntil(home, (line) => line.seq < seq)?.after ?? 0;
  }

  /** The place of the last application that had happened by then; -1: there was none. */
  lastSeqBy(home: UpstreamSession, atMs: number): number {
    return this.#lastUntil(home, (line) => line.atMs <= atMs)?.seq ?? -1;
  }

  #lastUntil(home: UpstreamSession, isBefore: (line: Apply) => boolean): Apply | undefined {
    const applies = this.#byHome.get(home)?.applies ?? [];
    let low = 0;
    let high = applies.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(applies[middle] as Apply)) low = middle + 1;
      else high = middle;
    }
    return applies[low - 1];
  }

  #add(home: UpstreamSession, line: Apply): void {
    const counter = this.#byHome.get(home);
    if (counter === undefined) {
      this.#byHome.set(home, { applies: [line], isInOrder: true });
      return;
    }
    if ((counter.applies.at(-1)?.seq ?? -1) > line.seq) counter.isInOrder = false;
    counter.applies.push(line);
  }
}
