/**
 * Applications whose opId was lost on the way: the answer shows by its value and its state whose each of
 * them was. That the gateway lost it is told where the answer is found not to echo it.
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

  /** Whether one of them fits this acknowledged increment; it then fits no other. */
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

  #collect(): Map<number, Set<Apply>> {
    const { lines, kinds, homeAt } = this.#join.columns;
    const byValue = new Map<number, Set<Apply>>();
    for (let place = 0; place < kinds.length; place += 1) {
      if (kinds[place] === LINE.initialize) {
        this.#nonces.set(homeAt(place), (lines[place] as Initialize).nonce);
      }
      const line = lines[place] as Apply;
      if (kinds[place] !== LINE.apply || line.opId !== '') continue;
      byValue.set(line.after, (byValue.get(line.after) ?? new Set()).add(line));
    }
    return byValue;
  }
}
