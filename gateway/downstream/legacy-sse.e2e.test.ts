import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import {
  CreateMessageRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient, type Streaming } from '../testing/wire-client.ts';

type Json = Record<string, unknown>;

const whole = new AsyncDisposableStack();
let owned = new AsyncDisposableStack();
let upstream: FakeUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = whole.use(await FakeUpstream.start());
  const users = ['alice', 'bob'].map((name) => ({ name, token: `token-of-${name}` }));
  const upstreams = [{ name: 'one', url: upstream.url }];
  const config = {
    pathPrefix: '/deep/er',
    upstreams,
    users,
    maxSessions: 20,
    maxBodyBytes: 10_000,
  };
  const file = whole.use(new ConfigFile(config));
  gateway = whole.use(await GatewayProcess.start('--config', file.path));
});
afterAll(() => whole.disposeAsync());
afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
  upstream.tool = ({ reply, count }) =>
    reply({ content: [{ type: 'text', text: `fake ${count}` }] });
  upstream.received.length = 0;
});

const HEADERS = { authorization: 'Bearer token-of-alice' };
const sse = (): string => gateway.url.replace(/mcp$/, 'sse');

async function connect(url = sse()): Promise<Client> {
  const capabilities = { sampling: {} };
  const client = new Client({ name: 'old', version: '1' }, { capabilities });
  const transport = new SSEClientTransport(new URL(url), { requestInit: { headers: HEADERS } });
  await client.connect(transport);
  owned.defer(() => client.close());
  return client;
}

const call = async (client: Client, name = 'add'): Promise<string> => {
  const { content } = await client.callTool({ name });
  return (content as { text: string }[])[0]?.text ?? '';
};

/** A stream and what is posted to it, as it is on the wire. */
async function raw(token = 'token-of-alice'): Promise<{
  readonly stream: Streaming;
  readonly messages: WireClient;
  readonly initialize: () => Promise<void>;
}> {
  const stream = await new WireClient(sse(), token).stream();
  owned.defer(() => stream.close());
  await until('the endpoint', () => stream.text.includes('\n\n'));
  const [, uri = ''] = /^event: endpoint\ndata: (.*)\n\n/.exec(stream.text) ?? [];
  const messages = new WireClient(new URL(uri, sse()).href, token);
  const initialize = async (): Promise<void> => {
    expect((await messages.initialize()).status).toBe(202);
    await until('the handshake', () => stream.messages.length === 1);
    expect((await messages.send({ method: 'notifications/initialized' })).status).toBe(202);
  };
  return { stream, messages, initialize };
}

describe('the official client over HTTP+SSE', () => {
  it('calls tools in its own session, beside clients of Streamable HTTP', async () => {
    const [one, two] = [await connect(), await connect()];
    const modern = await new WireClient(gateway.url, 'token-of-alice').open();
    expect(await call(one)).toBe('fake 1');
    expect(await call(one)).toBe('fake 2');
    expect(await call(two)).toBe('fake 1');
    expect(textOf(await modern.call())).toBe('fake 1');
    expect((await one.listTools()).tools.map(({ name }) => name)).toEqual(['add']);
    await modern.start('DELETE').reply;
  });

  it('gets logs and requests of its upstream, and cancels', async () => {
    const client = await connect();
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'm',
      role: 'assistant',
      content: { type: 'text', text: 'sampled' },
    }));
    const logs: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      logs.push(params.data);
    });
    upstream.tool = ({ received, response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const say = (message: Json): unknown =>
        response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
      say({ method: 'notifications/message', params: { level: 'info', data: 'hello' } });
      const params = { messages: [], maxTokens: 1 };
      say({ id: 'ask', method: 'sampling/createMessage', params });
      const answered = (): boolean => upstream.received.some(({ body }) => 'result' in body);
      void until('the response', answered).then(() => {
        say({ id: received.id, result: { content: [{ type: 'text', text: 'done' }] } });
        response.end();
      });
    };
    expect(await call(client)).toBe('done');
    expect(logs).toEqual(['hello']);
    const [response] = upstream.received.filter(({ body }) => 'result' in body);
    expect(response?.body).toMatchObject({ id: 'ask', result: { content: { text: 'sampled' } } });

    upstream.tool = () => {};
    const aborting = new AbortController();
    const options = { signal: aborting.signal };
    const cancelled = client.callTool({ name: 'add' }, undefined, options);
    await until('the call', () => upstream.of('tools/call').length === 2);
    aborting.abort();
    await expect(cancelled).rejects.toThrow('abort');
    await until('the cancel', () => upstream.of('notifications/cancelled').length === 1);
  });

  it('gets what the upstream says outside of calls', async () => {
    const client = await connect();
    const logs: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      logs.push(params.data);
    });
    const mine = (): string | undefined => upstream.of('notifications/initialized')[0]?.session;
    await until('the stream upstream', () => upstream.streams.has(mine() ?? ''));
    const params = { level: 'info', data: 'news' };
    const message = { jsonrpc: '2.0', method: 'notifications/message', params };
    upstream.streams.get(mine() ?? '')?.write(`data: ${JSON.stringify(message)}\n\n`);
    await until('the news', () => logs.length === 1);
  });

  it('works at an endpoint of one upstream, and behind a proxy that takes a prefix off', async () => {
    const target = new URL(sse());
    const proxy = createServer((request: IncomingMessage, response) => {
      const path = `${target.pathname.replace(/\/sse$/, '')}${request.url?.replace('/outer', '') ?? ''}`;
      const headers = { ...request.headers, host: target.host };
      const { method } = request;
      const passed = httpRequest({ port: target.port, path, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers).flushHeaders();
        answer.pipe(response);
      });
      request.pipe(passed);
      response.on('close', () => passed.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    owned.defer(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const base = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/outer`;
    for (const path of ['/sse', '/servers/one/sse']) {
      expect(await call(await connect(`${base}${path}`))).toBe('fake 1');
    }
  });
});

describe('a session over HTTP+SSE', () => {
  it('begins with the endpoint event, and its POSTs are only acknowledged', async () => {
    const { messages, initialize, stream } = await raw();
    await initialize();
    const reply = await messages.call();
    expect([reply.status, reply.text]).toEqual([202, '']);
    await until('the answer', () => stream.messages.length === 2);
    expect(stream.messages[1]).toMatchObject({ id: 2, result: { content: [{ text: 'fake 1' }] } });
    expect([stream.ids, stream.text.includes('data: \n')]).toEqual([[], false]);
  });

  it('ends with its stream: its upstream session is ended, its id is unknown', async () => {
    const { messages, initialize, stream } = await raw();
    await initialize();
    upstream.tool = () => {};
    await messages.call();
    await until('the call', () => upstream.of('tools/call').length === 1);
    stream.close();
    const mine = upstream.of('tools/call')[0]?.session;
    await until('the DELETE', () => upstream.deletes().some(({ session }) => session === mine));
    expect((await messages.call()).status).toBe(404);
    const health = new WireClient(gateway.url.replace(/mcp$/, 'health'));
    const reply = await health.start('GET').reply;
    expect(reply.messages[0]).toMatchObject({ callsInFlight: 0 });
  });

  it('ends when its upstream lost its state: first the error, then the end of the stream', async () => {
    const { messages, initialize, stream } = await raw();
    await initialize();
    let stuck: ToolCall | undefined;
    upstream.tool = (one) => (stuck = one);
    await messages.call();
    await until('the call', () => stuck !== undefined);
    upstream.forget();
    expect((await messages.call()).status).toBe(202);
    await until('the end', () => stream.ended());
    const errors = stream.messages.slice(1).map(({ id, error }) => [id, (error as Json)['code']]);
    expect(errors).toEqual([
      [3, -32001],
      [2, -32603],
    ]);
    expect((await messages.call()).status).toBe(404);
  });

  it('is the user’s who opened the stream, and known nowhere else', async () => {
    const { messages, initialize, stream } = await raw();
    await initialize();
    const body = messages.callBody(9);
    const status = async (url: string, token?: string): Promise<number> =>
      (await new WireClient(url, token).start('POST', body).reply).status;
    expect(await status(messages.url, 'token-of-bob')).toBe(404);
    expect(await status(messages.url)).toBe(401);
    const elsewhere = messages.url.replace('/er/', '/er/servers/one/');
    expect(await status(elsewhere, 'token-of-alice')).toBe(404);
    expect(await status(messages.url.replace(/\?.*/, ''), 'token-of-alice')).toBe(400);
    expect(await status(messages.url.replace(/=.*/, '=none'), 'token-of-alice')).toBe(404);
    const modern = new WireClient(gateway.url, 'token-of-alice');
    modern.id = new URL(messages.url).searchParams.get('sessionId') ?? '';
    expect((await modern.call()).status).toBe(404);
    const opened = await new WireClient(gateway.url, 'token-of-alice').open();
    const theirs = messages.url.replace(/=.*/, `=${opened.id}`);
    expect(await status(theirs, 'token-of-alice')).toBe(404);
    expect([upstream.of('tools/call'), stream.messages.length]).toEqual([[], 1]);
    await opened.start('DELETE').reply;
  });

  it('meets the same refusals', async () => {
    const { messages, initialize } = await raw();
    const post = async (body: string, headers: Record<string, string> = {}): Promise<number> =>
      (await messages.start('POST', body, headers).reply).status;
    expect(await post(messages.callBody(1))).toBe(400);
    await initialize();
    const ping = '{"jsonrpc":"2.0","id":5,"method":"ping"}';
    expect(await post(ping, { accept: '*/*' })).toBe(202);
    expect(await post(ping, { origin: 'http://evil.example' })).toBe(403);
    expect(await post(ping, { host: 'evil.example' })).toBe(403);
    expect(await post(ping, { 'content-type': 'text/plain' })).toBe(415);
    expect(await post(ping, { 'mcp-protocol-version': '1999-01-01' })).toBe(400);
    expect(await post('{')).toBe(400);
    expect(await post(`[${ping}]`)).toBe(400);
    expect(await post(messages.callBody(6, 'x'.repeat(20_000)))).toBe(413);
    expect((await messages.initialize()).status).toBe(400);
    const stream = new WireClient(sse(), 'token-of-alice');
    const get = async (headers: Record<string, string>): Promise<number> =>
      (await stream.start('GET', undefined, headers).reply).status;
    expect(await get({ origin: 'http://evil.example' })).toBe(403);
    expect(await get({ accept: 'application/json' })).toBe(406);
    expect((await new WireClient(sse()).start('GET').reply).status).toBe(401);
    const unknown = new WireClient(sse().replace('/sse', '/servers/none/sse'), 'token-of-alice');
    expect((await unknown.start('GET').reply).status).toBe(404);
    const posted = await stream.start('POST', ping).reply;
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET']);
    const got = await messages.start('GET').reply;
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
  });

  it('counts among the sessions there may be', async () => {
    const { messages, initialize } = await raw();
    await initialize();
    const stream = (): Promise<Streaming> => new WireClient(sse(), 'token-of-alice').stream();
    const opened = await Promise.allSettled(Array.from({ length: 20 }, stream));
    const streams = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(streams.length).toBeLessThan(20);
    await expect(stream()).rejects.toThrow('HTTP 503');
    const modern = await new WireClient(gateway.url, 'token-of-alice').initialize();
    expect(modern.status).toBe(503);
    for (const one of streams) one.close();
    await until('room', async () => (await stream().catch(() => undefined)) !== undefined);
    expect((await messages.call()).status).toBe(202);
  });
});

it('ends within the bounds of a shutdown, with its calls answered', async () => {
  const url = upstream.url;
  const own = owned.use(
    await GatewayProcess.start('--upstream', `one=${url}`, '--shutdown-timeout-ms', '500'),
  );
  const client = new Client({ name: 'old', version: '1' });
  await client.connect(new SSEClientTransport(new URL(own.url.replace(/mcp$/, 'sse'))));
  owned.defer(() => client.close());
  upstream.tool = () => {};
  const stuck = client.callTool({ name: 'stuck' });
  await until('the call', () =>
    upstream.of('tools/call').some(({ raw: text }) => /stuck/.test(text)),
  );
  const exit = own.end();
  await expect(stuck).rejects.toThrow('shutting down');
  expect((await exit).code).toBe(0);
});
