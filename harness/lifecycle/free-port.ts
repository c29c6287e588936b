/**
 * Ports for programs that must be told theirs, or that must get the same one again. Taken from
 * below the range in which the kernel picks ports for outgoing connections: a port of that range
 * can be gone by the time the program binds it, and again each time it restarts.
 */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { OwnError } from '../errors.ts';

const LOWEST = 15_000;
const given = new Set<number>();
let next: number | undefined;

/** A port of 127.0.0.1 that nobody listens on and that this process has not given out before. */
export async function freePort(): Promise<number> {
  const top = ephemeralStart();
  const span = top - LOWEST;
  // Runs side by side begin at different places; the check below does the rest.
  next ??= LOWEST + ((process.pid * 97) % span);
  for (let tries = 0; tries < span; tries++) {
    const port = next;
    next = next + 1 < top ? next + 1 : LOWEST;
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new OwnError(`no free port between ${LOWEST} and ${top}`);
}

/** The port may be given out again. */
export function releasePort(port: number): void {
  given.delete(port);
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}

function ephemeralStart(): number {
  try {
    const [low] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .trim()
      .split(/\s+/);
    const start = Number(low);
    return start > LOWEST + 1000 ? start : 32_768;
  } catch {
    return 32_768;
  }
}
