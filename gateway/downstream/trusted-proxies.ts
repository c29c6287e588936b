/**
 * What a reverse proxy says about the client behind it: believed from the proxies that the operator
 * named, ignored from everybody else. The gateway makes no absolute URL, so the protocol and the port
 * that a client saw are of no interest to it.
 */

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Networks } from '../networks.ts';

/** An IPv4 client of a socket that takes both. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

export class TrustedProxies {
  #networks: Networks | undefined;

  constructor(cidrs: readonly string[]) {
    this.replace(cidrs);
  }

  replace(cidrs: readonly string[]): void {
    this.#networks = cidrs.length === 0 ? undefined : new Networks(cidrs);
  }

  /** The name by which the client reached the gateway, as its proxy or it itself says. */
  hostOf({ headers, socket }: IncomingMessage): string | undefined {
    const forwarded = headers['x-forwarded-host'];
    // Joined when there are several, which no name is.
    return forwarded !== undefined && this.#isProxy(plain(socket.remoteAddress))
      ? String(forwarded)
      : headers.host;
  }

  /** The address of the client: the last one that no trusted proxy has. */
  clientOf({ headers, socket }: IncomingMessage): string {
    let client = plain(socket.remoteAddress);
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (hops.length > 0 && this.#isProxy(client)) {
      const before = plain(hops.pop()?.trim());
      if (isIP(before) === 0) break;
      client = before;
    }
    return client;
  }

  #isProxy(address: string): boolean {
    return this.#networks !== undefined && isIP(address) !== 0 && this.#networks.has(address);
  }
}

function plain(address: string | undefined): string {
  return (address ?? '').replace(MAPPED, '');
}
