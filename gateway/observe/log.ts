/**
 * The gateway's log: JSON lines on standard error. Nothing that is a secret is handed to it; the
 * paths below are redacted all the same, so that a slip does not leak.
 */

import { pino, type Logger } from 'pino';

export type Log = Logger;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export function createLog(level: LogLevel): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: ['*.authorization', '*.authValue', '*.token', '*.headers', 'headers', 'token'],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
