/**
 * An MCP server for tests that keeps a record of everything it is sent. `tools/call` goes to `tool`,
 * which a test sets to whatever misbehaviour it is about.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';

type Json = Record<string, unknown>;

export interface Received {
  readonly http: string;
  readonly session: string | undefined;
  readonly method: string | undefined;
  readonly id: unknown;
  readonly body: Json;
  readonly raw: string;
  readonly headers: IncomingMessage['headers'];
  /** Path and query. */
  readonly url: string;
  /** Whom the client's certificate names. */
  readonly certified: string | undefined;
}

export interface ToolCall {
  readonly received: Received;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Calls of this session so far, with this one. */
  readonly count: number;
  readonly reply: (result: unknown) => void;
  readonly json: (status: number, text: string, type?: string) => void;
}

export class FakeUpstream implements AsyncDisposable {
  readonly name: string;
  readonly received: Received[] = [];
  readonly sessions = new Map<string, number>();
  readonly streams = new Map<string, ServerResponse>();
  /** What a tool does; by default it says who it is and how often it was called. */
  tool: (call: ToolCall) => void = ({ reply, count }) =>
    reply({ content: [{ type: 'text', text: `${this.name} ${count}` }] });
  /** Answers a request itself when it returns true. */
  intercept: (received: Received, response: ServerResponse) => boolean = () => false;
  toolsText = '[{"name":"add","inputSchema":{"type":"object"}}]';
  capabilities: Json = { tools: {} };
  /** Results of other methods, by what they are asked with. */
  results: Record<string, (params: Json, session: string) => unknown> = {};
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  #last = 0;

  private constructor(name: string, tls: TlsOptions | undefined) {
    this.name = name;
    this.#scheme = tls ? 'https' : 'http';
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      this.#handle(request, response);
    this.#server = tls ? createTlsServer(tls, handle) : createServer(handle);
  }

  static async start(name = 'fake', port = 0, tls?: TlsOptions): Promise<FakeUpstream> {
    const fake = new FakeUpstream(name, tls);
    await new Promise<void>((resolve, reject) => {
      fake.#server.once('error', reject);
      fake.#server.listen(port, '127.0.0.1', () => resolve());
    });
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}/mcp`;
  }

  /** What it was sent with that JSON-RPC method. */
  of(method: string): readonly Received[] {
    return this.received.filter((one) => one.method === method);
  }

  deletes(): readonly Received[] {
    return this.received.filter((one) => one.http === 'DELETE');
  }

  /** As after a restart: every session is unknown from now on. */
  forget(): void {
    this.sessions.clear();
  }

  /** Says something on the GET stream of that session. */
  say(session: string | undefined, message: Json): void {
    const stream = this.streams.get(session ?? '');
    if (stream === undefined) throw new Error('no such stream');
    stream.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
  }

  cutConnections(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      const body = (raw === '' ? {} : JSON.parse(raw)) as Json;
      const session = request.headers['mcp-session-id'] as string | undefined;
      const received: Received = {
        http: request.method ?? '',
        session,
        method: body['method'] as string | undefined,
        id: body['id'],
        body,
        raw,
        headers: request.headers,
        url: request.url ?? '',
        certified: nameIn(request),
      };
      this.received.push(received);
      if (!this.intercept(received, response)) this.#answer(received, request, response);
    });
  }

  #answer(received: Received, request: IncomingMessage, response: ServerResponse): void {
    const { body, method, session } = received;
    const json = (status: number, text: string, type = 'application/json'): void => {
      response.writeHead(status, { 'content-type': type });
      response.end(text);
    };
    const idText = /"id":\s*("[^"]*"|[0-9.eE+-]+)/.exec(received.raw)?.[1] ?? 'null';
    const reply = (result: unknown): void =>
      json(200, `{"jsonrpc":"2.0","id":${idText},"result":${JSON.stringify(result)}}`);
    if (method === 'initialize') {
      this.#initialize(body, response);
      return;
    }
    if (session === undefined || !this.sessions.has(session)) {
      json(
        404,
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}',
      );
      return;
    }
    if (received.http === 'DELETE') {
      this.sessions.delete(session);
      this.streams.get(session)?.end();
      response.writeHead(204).end();
    } else if (received.http === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      this.streams.set(session, response);
    } else if (body['id'] === undefined || method === undefined) {
      response.writeHead(202).end();
    } else if (method === 'tools/list') {
      json(200, `{"jsonrpc":"2.0","id":${idText},"result":{"tools":${this.toolsText}}}`);
    } else if (method === 'tools/call') {
      const count = (this.sessions.get(session) ?? 0) + 1;
      this.sessions.set(session, count);
      this.tool({ received, request, response, count, reply, json });
    } else {
      const result = this.#resultOf(method, body, session);
      if (result !== undefined) reply(result);
      else json(200, `{"jsonrpc":"2.0","id":${idText},"error":{"code":-32601,"message":"no"}}`);
    }
  }

  #resultOf(method: string, body: Json, session: string): unknown {
    if (method === 'ping') return {};
    return this.results[method]?.((body['params'] ?? {}) as Json, session);
  }

  #initialize(body: Json, response: ServerResponse): void {
    this.#last += 1;
    const id = `${this.name}-${this.#last}`;
    this.sessions.set(id, 0);
    const params = body['params'] as Json;
    const result = {
      protocolVersion: params['protocolVersion'],
      capabilities: this.capabilities,
      serverInfo: { name: this.name, version: '1' },
    };
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': id });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: body['id'], result }));
  }
}

function nameIn({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
  return subject?.CN;
}
