/**
 * The gateway's log: JSON lines on standard error. Nothing that is a secret is handed to it; the
 * paths below are redacted all the same, so that a slip does not leak.
 */

import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const SECRETS = ['authorization', 'authValue', 'clientSecret', 'headers', 'secret', 'token'];

/** `to` is standard error unless a test says otherwise. */
export function createLog(level: LogLevel, to?: DestinationStream): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: SECRETS.flatMap((name) => [name, `*.${name}`]),
    },
    to ?? pino.destination({ fd: 2, sync: true }),
  );
}
