/** How each server of the benchmark starts: `--port N` on loopback, until a signal ends it. */

import type { Server } from 'node:net';
import { parseArgs } from 'node:util';

/** All clients connect at once; the kernel cuts this down to what it allows. */
const BACKLOG = 4096;

export function flag(name: string): string {
  const value = parseArgs({ options: { [name]: { type: 'string' } }, strict: false }).values[name];
  if (typeof value !== 'string') throw new Error(`--${name} is missing`);
  return value;
}

export function listenAsTold(server: Server): void {
  server.listen({ port: Number(flag('port')), host: '127.0.0.1', backlog: BACKLOG });
  process.on('SIGTERM', () => process.exit(0));
}
