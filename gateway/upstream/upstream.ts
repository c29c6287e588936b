/**
 * One upstream and the sockets to it. Calls and long-lived streams have a pool each, so that streams
 * never starve calls; both are unbounded, so that stuck calls never starve the others.
 */

import { Pool, type Dispatcher } from 'undici';
import type { Log } from '../observe/log.ts';
import { AccessTokens } from './access-tokens.ts';
import type { AddressGuard } from './address-guard.ts';
import { secureContextOf } from './certificates.ts';
import { headersOf, targetOf, type Definition } from './definition.ts';
import type { Downstream } from './owner.ts';
import { flattened, passedNames, type PassedHeaders } from './passed-headers.ts';
import { viaAfter } from '../via.ts';
import { withAccessToken } from './with-access-token.ts';

/**
 * Idle sockets are given up long before the five seconds after which common servers close them, and
 * whatever a server hints: a call never goes out on a socket that is about to be closed.
 */
const IDLE_SOCKET_MS = 2_000;
/** A child process has no sockets, and a pool makes none before it is used. */
const NOWHERE = 'http://stdio.invalid';
/** Room for a second attempt of the kernel when a burst of connections overflows a backlog. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface UpstreamDeps {
  readonly guard: AddressGuard;
  readonly log: Log;
}

export class Upstream {
  readonly name: string;
  readonly calls: Dispatcher;
  readonly streams: Dispatcher;
  /** Path and query of the endpoint. */
  readonly target: string;
  /** Static headers, flat. */
  readonly headers: readonly string[];
  readonly #owned: readonly { destroy: () => Promise<void> }[];
  #definition: Definition;
  #passed: readonly string[];

  /** The definition is valid, and its addresses are allowed. */
  constructor(definition: Definition, { guard, log }: UpstreamDeps) {
    this.name = definition.name;
    this.#definition = definition;
    const url = definition.transport === 'stdio' ? NOWHERE : definition.url;
    this.target = targetOf(definition, url);
    this.headers = headersOf(definition);
    this.#passed = this.#passedNames();
    const { origin, protocol } = new URL(url);
    const options: Pool.Options = {
      allowH2: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      keepAliveTimeoutThreshold: 1_000,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        lookup: guard.lookupFor(origin),
        ...(protocol === 'https:' && { secureContext: secureContextOf(definition) }),
      },
    };
    const calls = new Pool(origin, options);
    const streams = new Pool(origin, options);
    const { name, oauth } = definition;
    const tokens = oauth && new AccessTokens(oauth, { upstream: name, guard, log });
    this.calls = tokens ? calls.compose(withAccessToken(tokens)) : calls;
    this.streams = tokens ? streams.compose(withAccessToken(tokens)) : streams;
    this.#owned = [calls, streams, ...(tokens ? [tokens] : [])];
  }

  get definition(): Definition {
    return this.#definition;
  }

  /** Takes over notes that decide no connection. */
  annotate(definition: Definition): void {
    this.#definition = definition;
    this.#passed = this.#passedNames();
  }

  /** What of a client's headers goes along to this upstream, flat. */
  passed(headers: PassedHeaders): readonly string[] {
    return flattened(headers, this.#passed);
  }

  /** The same for a client's `initialize`, with the gateways it has passed. */
  passedAtOpening({ passed, via }: Downstream): readonly string[] {
    return [...this.passed(passed), ...viaAfter(via)];
  }

  #passedNames(): readonly string[] {
    // A header of the gateway's own is not sent twice.
    return passedNames(this.#definition.passthroughHeaders).filter(
      (name) => !this.headers.includes(name),
    );
  }

  async destroy(): Promise<void> {
    await Promise.allSettled(this.#owned.map((one) => one.destroy()));
  }
}
