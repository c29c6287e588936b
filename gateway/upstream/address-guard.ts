/**
 * Which addresses the gateway may connect to. An upstream that the operator's own configuration
 * names is trusted as it is written there; any other may only be at a public address or in a network
 * that the operator allowed. What is checked is what is connected to: an address in a URL when the
 * upstream is defined, a name's addresses each time they are looked up for a connection.
 */

import { lookup as systemLookup } from 'node:dns';
import { isIPv4, isIPv6, type LookupFunction } from 'node:net';
import { Networks } from '../networks.ts';

/**
 * Not public: private, loopback, link-local, shared, multicast, documentation, reserved (the IANA's
 * registries of special-purpose addresses), IPv6 with IPv4 inside (mapped, NAT64, Teredo, 6to4), and
 * the public address of one cloud's metadata. All others' metadata is link-local, private or shared.
 */
const NOT_PUBLIC = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24',
  '192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24',
  '224.0.0.0/3 168.63.129.16/32',
  '::/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1',
].flatMap((line) => line.split(' '));

export const FORBIDDEN_ADDRESS = 'ERR_FORBIDDEN_ADDRESS';

export class AddressGuard {
  readonly #notPublic = new Networks(NOT_PUBLIC);
  readonly #allowed: Networks;
  readonly #resolve: typeof systemLookup;
  #trusted: ReadonlySet<string> = new Set();

  /** `allowed` are networks as "address/length". */
  constructor(allowed: readonly string[], resolve = systemLookup) {
    this.#allowed = new Networks(allowed);
    this.#resolve = resolve;
  }

  /** The operator's own configuration names these URLs: their origins, and no longer any others. */
  trust(urls: readonly string[]): void {
    this.#trusted = new Set(urls.map((url) => new URL(url).origin));
  }

  allows(address: string): boolean {
    return this.#allowed.has(address) || !this.#notPublic.has(address);
  }

  /** Whether this URL may be used; with a name in it, its addresses are yet to be checked. */
  admits(url: string): boolean {
    const { hostname, origin } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isAddress = isIPv4(host) || isIPv6(host);
    return !isAddress || this.#trusted.has(origin) || this.allows(host);
  }

  /** How names in URLs of this origin are looked up for a connection: what is not allowed is left out. */
  lookupFor(origin: string): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(hostname, { ...options, all: true }, (error, found) => {
        const isTrusted = this.#trusted.has(origin);
        const usable = error
          ? []
          : found.filter(({ address }) => isTrusted || this.allows(address));
        const [first] = usable;
        if (first === undefined) callback(error ?? forbidden(), []);
        else if (options.all === true) callback(null, usable);
        else callback(null, first.address, first.family);
      });
    };
  }
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error('none of its addresses is allowed'), { code: FORBIDDEN_ADDRESS });
}
