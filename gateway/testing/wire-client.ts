/** A client for tests that sends exactly what it is told, and reads JSON and event streams alike. */

import {
  request,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { until } from './until.ts';

type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON-RPC messages in it. */
  readonly messages: readonly Json[];
}

/** A request under way. */
export interface Pending {
  readonly reply: Promise<Reply>;
  /** What came of the body until now. */
  readonly text: () => string;
  readonly abort: () => void;
}

/** An event stream under way: what came until now. */
export interface Streaming {
  readonly messages: readonly Json[];
  readonly ids: readonly string[];
  readonly text: string;
  readonly close: () => void;
  readonly ended: () => boolean;
}

function messagesOf(type: string, text: string): readonly Json[] {
  if (!type.startsWith('text/event-stream')) return text === '' ? [] : [JSON.parse(text) as Json];
  return text
    .split('\n\n')
    .filter((event) => !event.startsWith('event: endpoint'))
    .flatMap((event) => event.split('\n').filter((line) => /^data: ./.test(line)))
    .map((line) => JSON.parse(line.slice(6)) as Json);
}

export class WireClient {
  readonly url: string;
  readonly headers: Record<string, string> = {};
  id: string | undefined;
  protocolVersion = '2025-11-25';
  #last = 0;

  constructor(url: string, token?: string) {
    this.url = url;
    if (token !== undefined) this.headers['authorization'] = `Bearer ${token}`;
  }

  start(method: string, body?: string, headers: Record<string, string | undefined> = {}): Pending {
    const all: Record<string, string | undefined> = {
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(this.id !== undefined && { 'mcp-session-id': this.id }),
      ...this.headers,
      ...headers,
    };
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const sent = request(this.url, {
      method,
      agent: false,
      headers: Object.fromEntries(given),
    });
    let text = '';
    sent.on('error', reject);
    sent.on('response', (response: IncomingMessage) => {
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        try {
          const type = answered['content-type'] ?? '';
          resolve({ status, headers: answered, text, messages: messagesOf(type, text) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.end(body);
    return { reply: promise, text: () => text, abort: () => sent.destroy() };
  }

  send(message: Json, headers?: Record<string, string | undefined>): Promise<Reply> {
    return this.start('POST', JSON.stringify({ jsonrpc: '2.0', ...message }), headers).reply;
  }

  async initialize(capabilities: Json = {}): Promise<Reply> {
    this.#last += 1;
    const params = {
      protocolVersion: this.protocolVersion,
      capabilities,
      clientInfo: { name: 'test', version: '1' },
    };
    const reply = await this.send({ id: this.#last, method: 'initialize', params });
    const id = reply.headers['mcp-session-id'];
    if (typeof id === 'string') this.id = id;
    return reply;
  }

  /** A session ready for use. */
  async open(): Promise<this> {
    await this.initialize();
    if (this.id === undefined) throw new Error('no session');
    await this.send({ method: 'notifications/initialized' });
    return this;
  }

  callBody(id: unknown, name = 'add', args: Json = {}): string {
    const params = { name, arguments: args };
    return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
  }

  async call(name = 'add', args: Json = {}): Promise<Reply> {
    this.#last += 1;
    return this.start('POST', this.callBody(this.#last, name, args)).reply;
  }

  cancel(requestId: unknown): Promise<Reply> {
    return this.send({ method: 'notifications/cancelled', params: { requestId } });
  }

  /** The GET stream, or with a body the answer to a POST, as it comes, until it is closed. */
  async stream(
    options: { readonly body?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<Streaming> {
    const stream = { messages: [] as Json[], ids: [] as string[], text: '' };
    let read = 0;
    let status = 0;
    let isEnded = false;
    const { body } = options;
    const headers = {
      ...this.headers,
      accept: body === undefined ? 'text/event-stream' : 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(this.id !== undefined && { 'mcp-session-id': this.id }),
      ...options.headers,
    };
    const method = body === undefined ? 'GET' : 'POST';
    const sent: ClientRequest = request(this.url, { method, agent: false, headers });
    sent.on('error', () => (isEnded = true));
    sent.on('response', (response) => {
      status = response.statusCode ?? 0;
      response.on('error', () => {});
      response.on('close', () => (isEnded = true));
      response.on('data', (chunk: Buffer) => {
        stream.text += chunk.toString();
        const end = stream.text.lastIndexOf('\n\n') + 2;
        const whole = end > 1 ? stream.text.slice(read, end) : '';
        read += whole.length;
        stream.messages.push(...messagesOf('text/event-stream', whole));
        stream.ids.push(...[...whole.matchAll(/^id: (.*)$/gm)].map(([, id]) => id as string));
      });
    });
    sent.end(body);
    await until('the stream to open', () => status > 0);
    if (status !== 200) throw new Error(`HTTP ${status} instead of a stream`);
    return Object.assign(stream, { close: () => sent.destroy(), ended: () => isEnded });
  }
}

/** The text of a tool's answer, or of its error. */
export function textOf(reply: Reply): string {
  const last = reply.messages.at(-1);
  const result = last?.['result'] as { content?: { text: string }[] } | undefined;
  const error = last?.['error'] as { message?: string } | undefined;
  return result?.content?.[0]?.text ?? error?.message ?? '';
}

/** The gateway's reason in an error's data. */
export function reasonOf(reply: Reply): unknown {
  const error = reply.messages.at(-1)?.['error'] as { data?: Json } | undefined;
  return error?.data?.['reason'];
}
