/** What a scenario acts with. Nothing here judges, and nothing throws for what the target did. */

import type { ClientSession, SessionOptions } from '../wire/session.ts';
import type { UpstreamHandle } from './upstream-handle.ts';
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
  connect(options?: ConnectOptions): Promise<ClientSession>;
  /** Several sessions at once, connected concurrently. */
  connectMany(count: number, options?: ConnectOptions): Promise<readonly ClientSession[]>;
  /** Runs concurrently and waits for all. */
  together(...work: readonly Promise<unknown>[]): Promise<void>;
  /** The fixture behind the scenario's name and the faults that can strike it. */
  upstream(name: Upstream): UpstreamHandle;
  readonly target: RunningTarget;
  readonly claims: Claims;
  readonly random: Random;
  /** Aborted when the scenario's deadline is over or the user interrupts. */
  readonly signal: AbortSignal;
  /** Records something that a check needs and that no operation shows; names in `history/facts.ts`. */
  fact<Name extends keyof FactValues>(name: Name, value: FactValues[Name]): void;
  /** Waits for a condition that nothing announces. A condition that never holds makes the scenario inconclusive. */
  until<T>(
    withinMs: number,
    what: string,
    condition: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T>;
}
