/**
 * One session's HTTP connections to the target, on node:http. Nothing is retried, no redirect is
 * followed, and a request that is given up takes its own socket along and no other.
 */

import http from 'node:http';
import https from 'node:https';
import { StringDecoder } from 'node:string_decoder';

/** What becomes of one request; exactly one of `end` and `broken` is called, unless it is destroyed first. */
export interface ExchangeHandlers {
  head(status: number, headers: Readonly<Record<string, string>>): void;
  chunk(text: string): void;
  end(): void;
  broken(message: string, code?: string): void;
}

export interface Exchange {
  /** Idempotent. No handler is called afterwards. */
  destroy(): void;
}

/**
 * Idle connections are dropped well before servers do it (5 s is common): a request that meets a
 * server's own FIN half-way would look like a broken target.
 */
const IDLE_TIMEOUT_MS = 2000;

/** The response headers that checks may look at; anything else could be a secret. */
const KEPT_HEADERS = ['allow', 'content-type', 'retry-after', 'www-authenticate'];

export class HttpChannel implements Disposable {
  readonly #endpoint: URL;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;

  constructor(endpoint: URL) {
    const { Agent, request } = endpoint.protocol === 'https:' ? https : http;
    this.#endpoint = endpoint;
    this.#request = request;
    this.#agent = new Agent({ keepAlive: true, timeout: IDLE_TIMEOUT_MS });
  }

  send(
    method: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    handlers: ExchangeHandlers,
  ): Exchange {
    let finished = false;
    const once = (action: () => void): void => {
      if (finished) return;
      finished = true;
      action();
    };
    const fail = (error: NodeJS.ErrnoException): void =>
      once(() => handlers.broken(error.message, error.code));
    const request = this.#request(this.#endpoint, { method, headers, agent: this.#agent });
    request.on('error', fail);
    request.on('response', (response) => {
      if (finished) return;
      const decoder = new StringDecoder('utf8');
      handlers.head(response.statusCode ?? 0, keptHeaders(response.headers));
      response.on('data', (chunk: Buffer) => {
        if (!finished) handlers.chunk(decoder.write(chunk));
      });
      response.on('end', () => once(() => handlers.end()));
      response.on('error', fail);
    });
    request.end(body);
    return {
      destroy: () => {
        finished = true;
        request.destroy();
      },
    };
  }

  /** Destroys every connection, those in use included. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Of an MCP session id the handshake needs the value; see `raw-handshake.ts`. */
export const SESSION_HEADER = 'mcp-session-id';

function keptHeaders(headers: http.IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of [...KEPT_HEADERS, SESSION_HEADER]) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}
