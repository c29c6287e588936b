/**
 * An HTTP server that listens, with bounds on slow clients, and can be closed for certain. What is
 * not HTTP is refused here, before there is a request: with the same kind of answer as all else.
 */

import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorBytes } from './jsonrpc/message.ts';

/** Longer than clients keep idle sockets, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** How often it is looked for clients that take too long. */
const CHECK_EVERY_MS = 1_000;

/** How long a client that was refused may take to read that and leave. */
const LEAVE_MS = 1_000;

/** By the code of Node's error; everything else is no HTTP at all. */
const REFUSALS: Readonly<Record<string, readonly [status: string, text: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the header is too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Content Too Large', 'a chunk extension is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request took too long to arrive'],
};
const NOT_HTTP = ['400 Bad Request', 'this is not an HTTP/1.1 request'] as const;
const CONNECT = ['405 Method Not Allowed', 'the gateway opens no tunnels'] as const;

function refuse(socket: Duplex, [status, text]: readonly [status: string, text: string]): void {
  const body = errorBytes('null', -32600, `${status.slice(4)}: ${text}`);
  const type = 'Content-Type: application/json\r\n';
  const head = `HTTP/1.1 ${status}\r\n${type}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  socket.end(Buffer.concat([Buffer.from(head), body]));
  setTimeout(() => socket.destroy(), LEAVE_MS).unref();
}

/** What this socket's client waits for; Node looks there itself when nobody handles the error. */
function owed(socket: Duplex): ServerResponse | undefined {
  const { _httpMessage: response } = socket as Duplex & { _httpMessage?: ServerResponse | null };
  return response ?? undefined;
}

/** What came on that socket is not HTTP. Nobody may take the refusal for the answer to a request. */
function turnAway(error: NodeJS.ErrnoException, socket: Duplex): void {
  // After an end, it is a refused client that goes on sending.
  if (socket.writableEnded) return;
  const response = owed(socket);
  const isBroken = !socket.writable || response?.headersSent === true;
  if (isBroken) socket.destroy();
  // Garbage behind a whole request: that one is answered, then the socket is closed.
  else if (response?.req.complete === true) response.shouldKeepAlive = false;
  else refuse(socket, REFUSALS[error.code ?? ''] ?? NOT_HTTP);
}

export interface ListenerSettings {
  /** More are closed as they come. */
  readonly maxConnections: number;
  /** For the headers of a request, and for the whole of it; in milliseconds. */
  readonly headersTimeoutMs: number;
  readonly receiveTimeoutMs: number;
}

export class Listener {
  readonly #server: Server;

  /** `dropped` is called for each connection that is one too many. */
  constructor(settings: ListenerSettings, handle: RequestListener, dropped: () => void) {
    const { headersTimeoutMs, receiveTimeoutMs } = settings;
    const shortest = Math.min(headersTimeoutMs, receiveTimeoutMs);
    this.#server = createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: Math.min(headersTimeoutMs, receiveTimeoutMs),
        requestTimeout: receiveTimeoutMs,
        connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, Math.ceil(shortest / 4)),
        maxHeaderSize: MAX_HEADER_BYTES,
        // Refused with the others, in words.
        requireHostHeader: false,
      },
      (request, response) => {
        // A client that keeps its socket busy would otherwise outlive the end of listening.
        if (!this.#server.listening) response.shouldKeepAlive = false;
        handle(request, response);
      },
    );
    // Their size is the bound; of too many, Node would silently leave some out, a second Host perhaps.
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = settings.maxConnections;
    this.#server.on('drop', dropped);
    this.#server.on('clientError', turnAway);
    this.#server.on('connect', (_request, socket) => refuse(socket, CONNECT));
    this.#server.on('checkExpectation', (_request, response: ServerResponse) => {
      response.writeHead(417, { 'content-type': 'application/json' });
      response.end(errorBytes('null', -32600, 'Expectation Failed: only 100-continue is met'));
    });
  }

  set maxConnections(count: number) {
    this.#server.maxConnections = count;
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
