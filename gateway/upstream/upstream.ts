/**
 * One upstream and the sockets to it. Calls and long-lived streams have a pool each, so that streams
 * never starve calls; both are unbounded, so that stuck calls never starve the others.
 */

import { Pool } from 'undici';
import { headersOf, targetOf, type Definition } from './definition.ts';

/**
 * Idle sockets are given up long before the five seconds after which common servers close them, and
 * whatever a server hints: a call never goes out on a socket that is about to be closed.
 */
const IDLE_SOCKET_MS = 2_000;
/** Room for a second attempt of the kernel when a burst of connections overflows a backlog. */
const CONNECT_TIMEOUT_MS = 5_000;

export class Upstream {
  readonly name: string;
  readonly calls: Pool;
  readonly streams: Pool;
  /** Path and query of the endpoint. */
  readonly target: string;
  /** Static headers, flat. */
  readonly headers: readonly string[];
  #definition: Definition;

  constructor(definition: Definition) {
    this.name = definition.name;
    this.#definition = definition;
    this.target = targetOf(definition);
    this.headers = headersOf(definition);
    const origin = new URL(definition.url).origin;
    const options: Pool.Options = {
      allowH2: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      keepAliveTimeoutThreshold: 1_000,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.calls = new Pool(origin, options);
    this.streams = new Pool(origin, options);
  }

  get definition(): Definition {
    return this.#definition;
  }

  /** Takes over notes that decide no connection. */
  annotate(definition: Definition): void {
    this.#definition = definition;
  }

  async destroy(): Promise<void> {
    await Promise.allSettled([this.calls.destroy(), this.streams.destroy()]);
  }
}
