/**
 * The upstream of the benchmark: an MCP server with one counter a session, on bare sockets, because
 * it shares a core with the load generator and must never be what is measured. The counter fixture
 * on node:http takes three times as long, and nginx would wait for it. It understands what honest
 * HTTP/1.1 clients send (`Content-Length`, no chunked requests) and nothing else.
 */

import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { listenAsTold } from './listen-as-told.ts';

const END_OF_HEAD = '\r\n\r\n';
const TOOLS = ['increment', 'increment_stream'].map((name) => ({
  name,
  description: 'Adds one to the counter of this session',
  inputSchema: { type: 'object' },
}));

interface Head {
  readonly verb: string;
  readonly session: string | undefined;
  /** Of the body, in bytes. */
  readonly length: number;
}

interface Request {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly protocolVersion?: string };
}

const counters = new Map<string, number>();

function headOf(text: string): Head {
  return {
    verb: text.slice(0, text.indexOf(' ')),
    session: /\r\nmcp-session-id: ?([^\r]*)/i.exec(text)?.[1],
    length: Number(/\r\ncontent-length: ?(\d+)/i.exec(text)?.[1] ?? 0),
  };
}

function reply(socket: Socket, status: string, headers: string, body: string): void {
  const length = Buffer.byteLength(body);
  socket.write(
    `HTTP/1.1 ${status}\r\n${headers}content-length: ${length}${END_OF_HEAD}${body}`,
    'latin1',
  );
}

function json(socket: Socket, result: unknown, id: unknown, headers = ''): void {
  const body = JSON.stringify({ jsonrpc: '2.0', id, result });
  reply(socket, '200 OK', `content-type: application/json\r\n${headers}`, body);
}

/** One event, then the end, as a server that streams its answer does it. */
function event(socket: Socket, result: unknown, id: unknown): void {
  const data = `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked';
  const chunk = `${data.length.toString(16)}\r\n${data}\r\n0${END_OF_HEAD}`;
  socket.write(`${head}${END_OF_HEAD}${chunk}`, 'latin1');
}

function call(socket: Socket, session: string, request: Request): void {
  const count = (counters.get(session) ?? 0) + 1;
  counters.set(session, count);
  const result = { content: [{ type: 'text', text: String(count) }] };
  if (request.params?.name === 'increment_stream') event(socket, result, request.id);
  else json(socket, result, request.id);
}

function initialize(socket: Socket, request: Request): void {
  const id = randomUUID();
  counters.set(id, 0);
  const result = {
    protocolVersion: request.params?.protocolVersion ?? '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bench-counter', version: '1' },
  };
  json(socket, result, request.id, `mcp-session-id: ${id}\r\n`);
}

function post(socket: Socket, session: string | undefined, body: string): void {
  const request = JSON.parse(body) as Request;
  if (request.method === 'initialize') initialize(socket, request);
  else if (session === undefined || !counters.has(session)) reply(socket, '404 Not Found', '', '');
  else if (request.id === undefined) reply(socket, '202 Accepted', '', '');
  else if (request.method === 'tools/call') call(socket, session, request);
  else if (request.method === 'tools/list') json(socket, { tools: TOOLS }, request.id);
  else json(socket, {}, request.id);
}

function answer(socket: Socket, head: Head, body: string): void {
  if (head.verb === 'POST') {
    post(socket, head.session, body);
  } else if (head.session === undefined || !counters.has(head.session)) {
    reply(socket, '404 Not Found', '', '');
  } else if (head.verb === 'DELETE') {
    counters.delete(head.session);
    reply(socket, '200 OK', '', '');
  } else {
    const type = 'content-type: text/event-stream\r\ntransfer-encoding: chunked';
    socket.write(`HTTP/1.1 200 OK\r\n${type}${END_OF_HEAD}8\r\n: open\n\n\r\n`);
  }
}

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (;;) {
      const end = rest.indexOf(END_OF_HEAD);
      if (end === -1) return;
      const head = headOf(rest.slice(0, end));
      const next = end + END_OF_HEAD.length + head.length;
      if (rest.length < next) return;
      answer(socket, head, rest.slice(end + END_OF_HEAD.length, next));
      rest = rest.slice(next);
    }
  });
  socket.on('error', () => socket.destroy());
}

listenAsTold(createServer(serve));
