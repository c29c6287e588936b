import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HistoryEvent } from '../history/event.ts';
import { operationsOf } from '../history/operation.ts';
import { Recorder } from '../history/recorder.ts';
import { connectRaw } from './connect-raw.ts';
import { getWithoutSession } from './get-without-session.ts';
import type { RawSession } from './raw-session.ts';

interface Received {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: { id?: unknown; method?: string; params?: Record<string, unknown> } | undefined;
}

type Reply = (response: ServerResponse, received: Received) => void;

let server: Server;
let received: Received[];
let sockets: Set<unknown>;
/** What `tools/call`, GET and DELETE are answered with. */
let reply: Reply;
let recorder: Recorder;

const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
const event = (message: unknown): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;
const result = (id: unknown, value: unknown) => ({
  jsonrpc: '2.0',
  id,
  result: { content: [{ type: 'text', text: JSON.stringify({ value }) }] },
});

function answerHandshake(response: ServerResponse, { body }: Received): boolean {
  if (body?.method === 'initialize') {
    response.setHeader('mcp-session-id', 'secret-id');
    json(response, { jsonrpc: '2.0', id: body.id, result: { protocolVersion: '2025-06-18' } });
  } else if (body?.method === 'tools/list') {
    const page = body.params?.['cursor'];
    const tools = page === 'two' ? [{ name: 'x-increment' }] : [{ name: 'x-get' }];
    const nextCursor = page === 'two' ? undefined : 'two';
    json(response, { jsonrpc: '2.0', id: body.id, result: { tools, nextCursor } });
  } else if (body?.method?.startsWith('notifications/') || body?.method === undefined) {
    if (received.at(-1)?.method !== 'POST') return false;
    response.writeHead(202).end();
  } else return false;
  return true;
}

beforeEach(async () => {
  received = [];
  sockets = new Set();
  recorder = new Recorder();
  server = createServer((request, response) => {
    sockets.add(request.socket);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = text === '' ? undefined : (JSON.parse(text) as Received['body']);
      const seen = { method: request.method ?? '', headers: request.headers, body };
      received.push(seen);
      if (!answerHandshake(response, seen)) reply(response, seen);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const endpoint = (): URL =>
  new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);

function connect(user?: string): Promise<RawSession> {
  return connectRaw({
    endpoint: endpoint(),
    recorder,
    label: 'a/1',
    opPrefix: '7:',
    user,
    headersOf: (name) => (name === undefined ? {} : { authorization: `Bearer ${name}` }),
    upstreams: ['counter'],
    deadlineMs: 2000,
  });
}

const kinds = (): readonly string[] => recorder.events.map((one: HistoryEvent) => one.kind);
const facts = () => recorder.events.filter((one) => one.kind === 'fact');
const completions = (op: number) =>
  recorder.events.filter((one) => one.kind === 'complete').filter((one) => one.op === op);

test('the handshake settles id, revision and tools, over all pages', async () => {
  await using session = await connect('alice');
  expect(session.isOpen).toBe(true);
  expect(session.id).toBe('secret-id');
  const headers = received.map((one) => one.headers);
  expect(headers[0]).not.toHaveProperty('mcp-session-id');
  expect(headers[2]).toMatchObject({
    'mcp-session-id': 'secret-id',
    'mcp-protocol-version': '2025-06-18',
    authorization: 'Bearer alice',
    host: endpoint().host,
  });
  expect(received.map((one) => one.body?.id)).toEqual([1, undefined, 2, 3]);
  expect(JSON.stringify(recorder.events)).not.toContain('secret-id');
});

test('a call carries its opId and is answered once', async () => {
  reply = (response, { body }) => json(response, result(body?.id, 1));
  await using session = await connect();
  const [outcome] = await session.increment();
  expect(outcome).toMatchObject({ type: 'ok', payload: { value: 1 } });
  expect(received.at(-1)?.body?.params).toEqual({
    name: 'x-increment',
    arguments: { opId: '7:a/1.1' },
  });
  const operation = operationsOf(recorder.events).at(-1);
  expect(operation?.invoke).toMatchObject({
    opId: '7:a/1.1',
    tool: 'increment',
    upstream: 'counter',
  });
});

test('an answer in an event stream is found among notifications', async () => {
  reply = (response, { body }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ jsonrpc: '2.0', method: 'notifications/progress', params: { p: 1 } }));
    response.end(event(result(body?.id, 5)));
  };
  await using session = await connect();
  const call = session.call('get');
  expect(await call.outcome).toMatchObject({ type: 'ok', payload: { value: 5 } });
  const message = recorder.events.find((one) => one.kind === 'message');
  expect(message).toMatchObject({
    op: call.op,
    method: 'notifications/progress',
    params: { p: 1 },
  });
});

test('a second answer to one id is kept', async () => {
  reply = (response, { body }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(event(result(body?.id, 1)) + event(result(body?.id, 2)));
  };
  await using session = await connect();
  const call = session.call('get');
  await call.outcome;
  await expect.poll(() => completions(call.op)).toHaveLength(2);
});

test('an answer to another id is nobody’s answer here', async () => {
  reply = (response) => json(response, result(99, 1));
  await using session = await connect();
  const call = session.call('get');
  expect(await call.outcome).toMatchObject({ type: 'info', kind: 'transport-error' });
  expect(facts()).toMatchObject([
    { name: 'foreign-answer', value: { op: call.op, answeredId: 99 } },
  ]);
});

test('a refusal without an id is this request’s', async () => {
  reply = (response) =>
    json(
      response,
      { jsonrpc: '2.0', id: null, error: { code: -32_000, message: 'no session' } },
      404,
    );
  await using session = await connect();
  expect(await session.get()).toMatchObject({ type: 'fail', kind: 'rpc-error', status: 404 });
});

test('a server’s ping is answered, anything else is refused', async () => {
  reply = (response, { body }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ jsonrpc: '2.0', id: 's1', method: 'ping' }));
    response.write(event({ jsonrpc: '2.0', id: 's2', method: 'sampling/createMessage' }));
    response.end(event(result(body?.id, 5)));
  };
  await using session = await connect();
  await session.get();
  const answers = () =>
    received.map((one) => one.body).filter((body) => body?.method === undefined);
  await expect.poll(answers).toMatchObject([
    { id: 's1', result: {} },
    { id: 's2', error: { code: -32_601 } },
  ]);
});

test('a connection that breaks before the answer may have taken effect', async () => {
  reply = (response) => response.socket?.destroy();
  await using session = await connect();
  expect(await session.get()).toMatchObject({
    type: 'info',
    kind: 'transport-error',
    code: 'ECONNRESET',
  });
  expect(received.filter((one) => one.body?.method === 'tools/call')).toHaveLength(1);
});

test('a stream that ends before the answer is a broken transport', async () => {
  reply = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
  await using session = await connect();
  const outcome = await session.get();
  expect(outcome).toMatchObject({ type: 'info', message: 'the stream ended before the answer' });
});

test('a truncated JSON answer is a broken transport', async () => {
  reply = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
    response.write('{"jsonrpc":', () => response.socket?.destroy());
  };
  await using session = await connect();
  expect(await session.get()).toMatchObject({ type: 'info', kind: 'transport-error', status: 200 });
});

test('nothing is waited for beyond the deadline', async () => {
  reply = () => undefined;
  await using session = await connect();
  const outcome = await session.get({ deadlineMs: 50 });
  expect(outcome).toMatchObject({ type: 'info', kind: 'timeout' });
  await expect
    .poll(() => [...sockets].filter((one) => !(one as { destroyed: boolean }).destroyed))
    .toHaveLength(0);
});

test('hanging up on one call leaves its sibling alone', async () => {
  const held: (() => void)[] = [];
  reply = (response, { body }) => held.push(() => json(response, result(body?.id, 1)));
  await using session = await connect();
  const [first, second] = [session.call('get'), session.call('get')];
  await expect.poll(() => held).toHaveLength(2);
  first.abort();
  expect(await first.outcome).toMatchObject({ kind: 'aborted' });
  held.forEach((answer) => answer());
  expect(await second.outcome).toMatchObject({ type: 'ok' });
  expect(kinds()).toContain('give-up');
});

test('a cancelled call that is never answered ends as cancelled', async () => {
  reply = () => undefined;
  await using session = await connect();
  const call = session.call('get', {}, { requestId: 'mine' });
  expect(await call.cancel()).toBe(202);
  expect(received.at(-1)?.body).toMatchObject({
    method: 'notifications/cancelled',
    params: { requestId: 'mine' },
  });
  expect(await call.outcome).toMatchObject({ kind: 'cancelled' });
});

test('a cancelled call that is answered all the same has that answer', async () => {
  let answer: () => void = () => undefined;
  reply = (response, { body }) => (answer = () => json(response, result(body?.id, 1)));
  await using session = await connect();
  const call = session.call('get');
  await call.cancel();
  answer();
  expect(await call.outcome).toMatchObject({ type: 'ok' });
  expect(completions(call.op)).toHaveLength(1);
});

test('a thief sends the id with credentials of his own, and the history says so', async () => {
  reply = (response) => response.writeHead(403).end('not yours');
  await using session = await connect('alice');
  await using thief = session.stolenBy('bob');
  expect(await thief.get()).toMatchObject({ type: 'fail', status: 403, message: 'not yours' });
  expect(received.at(-1)?.headers).toMatchObject({
    'mcp-session-id': 'secret-id',
    authorization: 'Bearer bob',
  });
  expect(operationsOf(recorder.events).at(-1)?.invoke).toMatchObject({
    hostile: true,
    user: 'bob',
  });
});

test('DELETE ends the session, and what is sent afterwards is hostile', async () => {
  reply = (response, { method }) => response.writeHead(method === 'DELETE' ? 204 : 404).end();
  await using session = await connect();
  expect(await session.delete()).toMatchObject({ type: 'ok', status: 204 });
  expect(session.isOpen).toBe(false);
  await session.get();
  expect(operationsOf(recorder.events).at(-1)?.invoke.hostile).toBe(true);
  const sessions = recorder.events.filter((one) => one.kind === 'session');
  expect(sessions.map((one) => one.what)).toEqual(['opened', 'deleted']);
});

test('a GET stream is read into the history until the session is dropped', async () => {
  reply = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ jsonrpc: '2.0', method: 'notifications/message' }));
  };
  const session = await connect();
  expect(await session.openStream()).toMatchObject({ type: 'ok', status: 200 });
  await expect.poll(kinds).toContain('message');
  await session[Symbol.asyncDispose]();
  await expect
    .poll(() => [...sockets].filter((one) => !(one as { destroyed: boolean }).destroyed))
    .toHaveLength(0);
});

test('a GET without a session shows the refusal and what is allowed', async () => {
  reply = (response) => response.writeHead(405, { allow: 'POST, DELETE' }).end();
  const outcome = await getWithoutSession({
    endpoint: endpoint(),
    recorder,
    label: 'n',
    headers: {},
  });
  expect(outcome).toMatchObject({ type: 'fail', status: 405, headers: { allow: 'POST, DELETE' } });
  expect(received.at(-1)?.headers).not.toHaveProperty('mcp-session-id');
});

test('a target that nobody serves was never sent anything', async () => {
  const gone = endpoint();
  server.close();
  await once(server, 'close');
  const session = await connectRaw({
    endpoint: gone,
    recorder,
    label: 'b/1',
    opPrefix: '',
    user: undefined,
    headersOf: () => ({}),
    upstreams: ['counter'],
  });
  expect(session.isOpen).toBe(false);
  expect(operationsOf(recorder.events)[0]?.outcome).toMatchObject({
    type: 'fail',
    code: 'ECONNREFUSED',
  });
});

test('what is in flight when a session is dropped was given up by us', async () => {
  reply = () => undefined;
  const session = await connect();
  const call = session.call('get');
  await session[Symbol.asyncDispose]();
  expect(await call.outcome).toMatchObject({ kind: 'aborted' });
});
