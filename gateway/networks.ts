/** Sets of networks in CIDR notation, and whether an address is in one of them. */

import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** "address/length"; undefined for anything else. */
function networkOf(cidr: string): readonly [string, number] | undefined {
  const [address = '', length = '', ...rest] = cidr.split('/');
  const longest = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  const isGood = rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= longest;
  return isGood ? [address, Number(length)] : undefined;
}

export function isNetwork(cidr: string): boolean {
  return networkOf(cidr) !== undefined;
}

export class Networks {
  // One list each: a list with IPv6 networks would take every IPv4 address for a part of ::/3.
  readonly #v4 = new BlockList();
  readonly #v6 = new BlockList();

  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const [address, length] = networkOf(cidr) ?? ['', 0];
      if (isIPv4(address)) this.#v4.addSubnet(address, length, 'ipv4');
      else this.#v6.addSubnet(address, length, 'ipv6');
    }
  }

  has(address: string): boolean {
    if (isIPv4(address)) return this.#v4.check(address, 'ipv4');
    return this.#v6.check(address.replace(/%.*/, ''), 'ipv6');
  }
}
