/**
 * An MCP server over the HTTP+SSE transport of 2024-11-05, for tests. It keeps a record of what it is
 * sent, and misbehaves as a test tells it.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export interface Posted {
  readonly session: string;
  readonly method: string | undefined;
  readonly id: unknown;
  readonly body: Json;
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
}

export interface SseCall {
  readonly posted: Posted;
  readonly count: number;
  /** Writes one message to the session's stream. */
  readonly say: (message: Json) => void;
  readonly reply: (result: unknown) => void;
}

export class FakeSseUpstream implements AsyncDisposable {
  readonly posted: Posted[] = [];
  readonly streams = new Map<string, ServerResponse>();
  /** What the endpoint event of a session says; undefined sends none. */
  endpoint!: (path: string) => string | undefined;
  /** What a tool does; by default it says how often it was called. */
  tool!: (call: SseCall) => void;
  /** The HTTP status of the answer to a POST; 0 answers never. */
  status!: (posted: Posted) => number;
  /** Methods that are never answered. */
  readonly silentOn = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #server: Server;
  #last = 0;

  private constructor() {
    this.#server = createServer((request, response) => this.#handle(request, response));
    this.behave();
  }

  /** Forgets all that it was told and sent; ends what it has open. */
  behave(): void {
    this.endpoint = (path) => path;
    this.tool = ({ reply, count }) => reply({ content: [{ type: 'text', text: `sse ${count}` }] });
    this.status = () => 202;
    this.silentOn.clear();
    this.posted.length = 0;
    this.cutStreams();
    this.streams.clear();
  }

  static async start(): Promise<FakeSseUpstream> {
    const fake = new FakeSseUpstream();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', () => resolve()));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/sse`;
  }

  of(method: string): readonly Posted[] {
    return this.posted.filter((one) => one.method === method);
  }

  cutStreams(): void {
    for (const stream of this.streams.values()) stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', this.url);
    if (request.method === 'GET') {
      this.#open(response);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Json;
      const posted: Posted = {
        session: url.searchParams.get('session') ?? '',
        method: body['method'] as string | undefined,
        id: body['id'],
        body,
        headers: request.headers,
        path: request.url ?? '',
      };
      this.posted.push(posted);
      const status = this.status(posted);
      if (status > 0) response.writeHead(status).end();
      if (status < 300) this.#answer(posted);
    });
  }

  #open(response: ServerResponse): void {
    this.#last += 1;
    const session = String(this.#last);
    // To be passed over, always.
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    this.streams.set(session, response);
    response.on('close', () => this.streams.delete(session));
    const endpoint = this.endpoint(`/messages?session=${session}`);
    if (endpoint !== undefined) response.write(`event: endpoint\ndata: ${endpoint}\n\n`);
  }

  #answer(posted: Posted): void {
    const { body, id, method, session } = posted;
    const say = (message: Json): void => {
      const text = JSON.stringify({ jsonrpc: '2.0', ...message });
      this.streams.get(session)?.write(`event: message\ndata: ${text}\n\n`);
    };
    const reply = (result: unknown): void => say({ id, result });
    if (id === undefined || method === undefined || this.silentOn.has(method)) return;
    if (method === 'initialize') {
      const { protocolVersion } = body['params'] as Json;
      const serverInfo = { name: 'sse', version: '1' };
      reply({ protocolVersion, capabilities: { tools: {} }, serverInfo });
    } else if (method === 'tools/list') {
      reply({ tools: [{ name: 'add', inputSchema: { type: 'object' } }] });
    } else if (method === 'tools/call') {
      const count = (this.#counts.get(session) ?? 0) + 1;
      this.#counts.set(session, count);
      this.tool({ posted, count, say, reply });
    } else reply({});
  }
}
