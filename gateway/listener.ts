/** An HTTP server that listens, with bounds on slow clients, and can be closed for certain. */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than clients keep idle sockets, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

export class Listener {
  readonly #server: Server;

  constructor(handle: RequestListener) {
    this.#server = createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
      },
      (request, response) => {
        // A client that keeps its socket busy would otherwise outlive the end of listening.
        if (!this.#server.listening) response.shouldKeepAlive = false;
        handle(request, response);
      },
    );
  }

  /** The port; rejects with the system's error (EADDRINUSE …). */
  async listen(port: number, host: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(port, host, () => resolve());
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  /** No new connections; those there are go on. */
  stopAccepting(): void {
    this.#server.close();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
