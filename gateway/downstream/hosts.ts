/**
 * Which `Host` and `Origin` are let in, against DNS rebinding: a page of somebody else in a browser
 * on this machine must not reach a gateway that trusts its network. Ports are not compared.
 */

import type { IncomingMessage } from 'node:http';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const EVERYWHERE = new Set(['0.0.0.0', '::', '[::]']);

function hostname(authority: string): string | undefined {
  const plain = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(authority);
  return plain?.[1]?.toLowerCase();
}

export class Hosts {
  readonly #allowed: ReadonlySet<string>;
  readonly #anyHost: boolean;

  /** `bound` is where the gateway listens; on all interfaces, only configured names narrow `Host`. */
  constructor(bound: string, configured: readonly string[]) {
    this.#anyHost = EVERYWHERE.has(bound) && configured.length === 0;
    const own = bound.includes(':') && !bound.startsWith('[') ? `[${bound}]` : bound;
    this.#allowed = new Set([...LOOPBACK, own, ...configured].map((name) => name.toLowerCase()));
  }

  allows(request: IncomingMessage): boolean {
    const { host, origin } = request.headers;
    const name = host === undefined ? undefined : hostname(host);
    if (name === undefined || !(this.#anyHost || this.#allowed.has(name))) return false;
    return origin === undefined || this.#allowsOrigin(origin);
  }

  #allowsOrigin(origin: string): boolean {
    const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
    const name = authority === undefined ? undefined : hostname(authority);
    return name !== undefined && this.#allowed.has(name);
  }
}
