/**
 * Which `Host` and `Origin` are let in, against DNS rebinding: a page of somebody else in a browser
 * on this machine must not reach a gateway that trusts its network. Ports are not compared.
 */

import type { IncomingMessage } from 'node:http';
import type { TrustedProxies } from './trusted-proxies.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const EVERYWHERE = new Set(['0.0.0.0', '::', '[::]']);

function hostname(authority: string): string | undefined {
  const plain = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(authority);
  return plain?.[1]?.toLowerCase();
}

export interface HostSettings {
  /** Where the gateway listens; on all interfaces, only `allowedHosts` narrow `Host`. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
}

export class Hosts {
  readonly #proxies: TrustedProxies;
  #allowed: ReadonlySet<string> = new Set();
  #anyHost = false;

  constructor(settings: HostSettings, proxies: TrustedProxies) {
    this.#proxies = proxies;
    this.replace(settings);
  }

  replace({ host, allowedHosts }: HostSettings): void {
    this.#anyHost = EVERYWHERE.has(host) && allowedHosts.length === 0;
    const own = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    this.#allowed = new Set([...LOOPBACK, own, ...allowedHosts].map((name) => name.toLowerCase()));
  }

  allows(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    const host = this.#proxies.hostOf(request);
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
