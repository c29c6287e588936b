/**
 * The yardstick: a proxy on node:http and undici that copies bytes and knows nothing of MCP. It makes
 * the same calls as the reference gateway's data path (a request body read whole, `Pool.dispatch`), so
 * that the difference between the two is what the gateway's promises cost. Of headers it passes on
 * what an MCP exchange needs.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool, type Dispatcher } from 'undici';
import { flag, listenAsTold } from './listen-as-told.ts';

const upstream = new URL(flag('upstream'));
const options: Pool.Options = { keepAliveTimeout: 60_000, headersTimeout: 0, bodyTimeout: 0 };
const calls = new Pool(upstream.origin, options);
/** A stream holds its socket for as long as it lives. */
const streams = new Pool(upstream.origin, options);

const PASSED = ['content-type', 'accept', 'mcp-session-id', 'mcp-protocol-version'] as const;
const RETURNED = ['content-type', 'content-length', 'mcp-session-id'] as const;

class Copy implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#response.on('close', () => {
      if (!this.#response.writableFinished) controller.abort(new Error('the client left'));
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: NodeJS.Dict<string | string[]>,
  ): void {
    this.#response.writeHead(status, only(headers, RETURNED));
    if (this.#response.req.method === 'GET') this.#response.flushHeaders();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#response.write(chunk);
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(): void {
    this.#response.destroy();
  }
}

function only(headers: NodeJS.Dict<string | string[]>, names: readonly string[]): string[] {
  const flat: string[] = [];
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') flat.push(name, value);
  }
  return flat;
}

function forward(request: IncomingMessage, response: ServerResponse, body: Buffer | null): void {
  const method = request.method as Dispatcher.HttpMethod;
  const headers = only(request.headers, PASSED);
  const pool = method === 'GET' ? streams : calls;
  pool.dispatch({ path: upstream.pathname, method, headers, body }, new Copy(response));
}

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    forward(request, response, body.length === 0 ? null : body);
  });
});

listenAsTold(server);
