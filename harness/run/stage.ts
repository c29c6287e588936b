/** What a scenario acts with. Nothing here judges, and nothing throws for what the target did. */

import type { CallOptions, ClientSession, SessionOptions } from '../wire/session.ts';
import type { Aim } from '../fault/receipt.ts';
import type { UpstreamHandle } from './upstream-handle.ts';
import type { Outcome } from '../history/event.ts';
import type { FactValues } from '../history/facts.ts';
import type { Random } from '../random.ts';
import type { Claims } from '../target/claims.ts';
import type { RunningTarget } from '../target/target.ts';

export interface ConnectOptions extends SessionOptions {
  /** A user of the target; default: the first it knows. "alice" and "bob" are mapped to its users in order. */
  readonly user?: string;
}

export interface Stage<Upstream extends string = string> {
  /** Initializes a session and finds the fixtures' tools in it. */
  readonly connect: (options?: ConnectOptions) => Promise<ClientSession>;
  /** Several sessions at once, connected concurrently. */
  readonly connectMany: (
    count: number,
    options?: ConnectOptions,
  ) => Promise<readonly ClientSession[]>;
  /** Runs concurrently and waits for all. */
  readonly together: (...work: readonly Promise<unknown>[]) => Promise<void>;
  /** GET on the endpoint with a user's credentials and no session id. */
  readonly getWithoutSession: (options?: { readonly deadlineMs?: number }) => Promise<Outcome>;
  /**
   * Uses a session after a fault as an honest client would: one increment and one get. A client that
   * is told that its state is gone initializes anew or goes on in the same session, as it was told.
   * Call it when every fault is healed; it begins when the last one's window has closed.
   */
  readonly goOn: (session: ClientSession, options?: CallOptions) => Promise<ClientSession>;
  /** Resolves when a call that starts now can no longer be exposed to a fault healed before. */
  readonly settled: () => Promise<void>;
  /**
   * The fixture behind the scenario's name and the faults that can strike it. With an aim they
   * strike at once; otherwise calls that ended just before are first let out of the fault's window.
   */
  readonly upstream: (name: Upstream, aim?: Aim) => UpstreamHandle;
  readonly target: RunningTarget;
  readonly claims: Claims;
  readonly random: Random;
  /** Aborted when the scenario's deadline is over or the user interrupts. */
  readonly signal: AbortSignal;
  /** Records something that a check needs and that no operation shows; names in `history/facts.ts`. */
  readonly fact: <Name extends keyof FactValues>(name: Name, value: FactValues[Name]) => void;
  /** Waits for a condition that nothing announces. A condition that never holds makes the scenario inconclusive. */
  readonly until: <T>(
    withinMs: number,
    what: string,
    condition: () => T | undefined | false | Promise<T | undefined | false>,
  ) => Promise<T>;
  /** Waits for something that the target owes; false if it never came. */
  readonly eventually: (
    withinMs: number,
    condition: () => boolean | Promise<boolean>,
  ) => Promise<boolean>;
}
