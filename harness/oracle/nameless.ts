/**
 * Applications whose opId was lost on the way: the answer shows by its value and its state whose each of
 * them was. That the gateway lost it is told where the answer is found not to echo it. Those for which
 * there is no call left that they could be of were made up.
 */

import type { Apply, Join } from '../history/join.ts';
import { LINE } from '../history/ledger-columns.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { UpstreamSession } from '../history/upstream-session.ts';

type Initialize = LedgerEntry & { readonly kind: 'initialize' };

export class Nameless {
  readonly #join: Join;
  #byValue: Map<number, Set<Apply>> | undefined;
  readonly #nonces = new Map<UpstreamSession, string>();

  constructor(join: Join) {
    this.#join = join;
  }

  /** Whether one of them fits what this increment was told; it then fits no other. */
  claim({ invoke, outcome, startMs, endMs }: Operation): boolean {
    this.#byValue ??= this.#collect();
    const { value, nonce } = outcome?.payload ?? {};
    const same = this.#byValue.get(value as number);
    if (same === undefined) return false;
    for (const line of same) {
      const isThere = invoke.upstream === undefined || invoke.upstream === line.upstream;
      const isThen = line.atMs >= startMs && line.atMs <= endMs;
      const isState = nonce === undefined || nonce === this.#nonces.get(this.#join.homeOf(line));
      if (isThere && isThen && isState) return same.delete(line);
    }
    return false;
  }

  /**
   * Those that none of these calls can have caused, each of which caused one at most, after it was sent.
   * @param unapplied may have incremented, without any application that is known to be theirs.
   */
  madeUp(unapplied: readonly Operation[]): readonly Apply[] {
    this.#byValue ??= this.#collect();
    const left = [...this.#byValue.values()].flatMap((lines) => [...lines]);
    if (left.length === 0) return left;
    const begun = unapplied.toSorted((a, b) => a.startMs - b.startMs);
    let used = 0;
    return left
      .toSorted((a, b) => a.atMs - b.atMs)
      .filter(({ atMs }) => {
        const isExplained = (begun[used]?.startMs ?? Infinity) <= atMs;
        if (isExplained) used += 1;
        return !isExplained;
      });
  }

  #collect(): Map<number, Set<Apply>> {
    const { lines, kinds, homeAt, nameless } = this.#join.columns;
    const byValue = new Map<number, Set<Apply>>();
    if (nameless.length === 0) return byValue;
    kinds.forEach((kind, place) => {
      if (kind !== LINE.initialize) return;
      this.#nonces.set(homeAt(place), (lines[place] as Initialize).nonce);
    });
    for (const place of nameless) {
      const line = lines[place] as Apply;
      byValue.set(line.after, (byValue.get(line.after) ?? new Set()).add(line));
    }
    return byValue;
  }
}
