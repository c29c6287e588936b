/** Whether a TCP connection can be made, nothing more. */

import { connect } from 'node:net';

const CONNECT_TIMEOUT_MS = 2000;

/** Undefined when it connected; otherwise the system's error code, "ETIMEDOUT" after two seconds. */
export function tcpProbe(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: CONNECT_TIMEOUT_MS });
    const settle = (code: string | undefined): void => {
      socket.destroy();
      resolve(code);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle('ETIMEDOUT'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}
