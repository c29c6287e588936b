/**
 * The gateways that a client's session has passed, by the `Via` header (RFC 9110, section 7.6.3) of
 * its `initialize`, so that gateways in a ring notice: without a session nothing else gets anywhere.
 * Other proxies' entries are of no interest, and not passed on.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Of this process; says nothing about the machine. */
const OWN = `1.1 mcp-gauntlet-${randomBytes(6).toString('hex')}`;
const ENTRY = /1\.1 mcp-gauntlet-[0-9a-f]{12}/g;
const NONE: readonly string[] = [];

/** From the first to the last. */
export function gatewaysPassed({ via }: IncomingHttpHeaders): readonly string[] {
  return via?.match(ENTRY) ?? NONE;
}

/** Why a session that came this way is refused; undefined for nearly all. */
export function loopOf(passed: readonly string[], maxHops: number): string | undefined {
  if (passed.includes(OWN)) return 'Loop detected: the upstreams of this gateway lead back to it';
  if (passed.length <= maxHops) return undefined;
  return `Loop detected: there are more than ${maxHops} gateways before this one`;
}

/** The header for the next one, flat. */
export function viaAfter(passed: readonly string[]): readonly [name: string, value: string] {
  return ['via', [...passed, OWN].join(', ')];
}
