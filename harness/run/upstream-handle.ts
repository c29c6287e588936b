/** One upstream of a scenario: its fixture, its proxy, and the faults between them. */

import type { CounterFixture } from '../fixture/counter.ts';
import type { ActiveFault } from '../fault/active-fault.ts';
import type { NetworkFault } from '../fault/network.ts';
import type { LedgerEntry } from '../history/ledger.ts';

export interface UpstreamHandle {
  readonly name: string;
  readonly fixture: CounterFixture;
  /** A fault between target and fixture, by Toxiproxy. Resolves once it is active; dispose or `heal()` ends it. */
  network(fault: NetworkFault): Promise<ActiveFault>;
  /** SIGKILL; `heal()` starts a successor on the same port with a new epoch. */
  kill(): Promise<ActiveFault>;
  /** SIGSTOP; `heal()` is SIGCONT. */
  freeze(): Promise<ActiveFault>;
  /** The fixture misbehaves until healed: see `ControlFault`. */
  misbehave(fault: ControlFault): Promise<ActiveFault>;
  /** What the fixture wrote so far. */
  ledger(): Promise<readonly LedgerEntry[]>;
}

/** What the fixture's control channel can be told to do. */
export type ControlFault =
  /** Nothing is answered any more; requests are still written to the ledger. */
  | { readonly kind: 'hang' }
  /** Every session is forgotten at once; unknown ones are told `status` until healed, 404 by default. */
  | { readonly kind: 'forget-sessions'; readonly status?: 400 | 404 | 410 | 503 }
  /** The next request (`times: 1`) or every one gets this status. */
  | { readonly kind: 'status'; readonly status: 404 | 500; readonly times: number | 'always' }
  /** DELETE is never answered. */
  | { readonly kind: 'silent-delete' }
  | { readonly kind: 'silent-ping' }
  /** The sessions that are open now never answer again, healed or not; new ones do. */
  | { readonly kind: 'silent-sessions' };
