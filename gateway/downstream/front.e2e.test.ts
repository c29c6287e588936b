import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { WireClient, type Reply } from '../testing/wire-client.ts';

const ALICE = 'token-of-alice';
const BOB = 'token-of-bob';
let upstream: FakeUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await GatewayProcess.start(
    '--upstream',
    `one=${upstream.url}`,
    '--path-prefix',
    '/deep/er',
    '--user',
    `alice=${ALICE}`,
    '--user',
    `bob=${BOB}`,
    '--max-sessions',
    '40',
    '--max-body-bytes',
    '10000',
  );
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const client = (token: string | undefined = ALICE): WireClient =>
  new WireClient(gateway.url, token);
const elsewhere = (path: string, token?: string): WireClient =>
  new WireClient(new URL(path, gateway.url).href, token);

describe('the order of refusals', () => {
  it('refuses a foreign Origin before anything else', async () => {
    for (const origin of ['http://evil.example', 'null', 'http://localhost.evil.example']) {
      const reply = await elsewhere('/nowhere').start('GET', undefined, { origin }).reply;
      expect([origin, reply.status]).toEqual([origin, 403]);
    }
  });

  it('refuses a foreign Host, and lets loopback in on any port', async () => {
    const evil = await client().start('GET', undefined, { host: 'evil.example' }).reply;
    expect(evil.status).toBe(403);
    const own = await client().start('GET', undefined, {
      host: 'localhost:1',
      origin: 'http://127.0.0.1:2',
    }).reply;
    expect(own.status).toBe(405);
  });

  it('answers 404 without Allow for an unknown server, before it asks who wants to know', async () => {
    const paths = ['/deep/er/servers/none/mcp', '/mcp', '/deep/er', '/deep/er/mcp/x', '/'];
    for (const path of paths) {
      const reply = await elsewhere(path).start('GET').reply;
      expect([path, reply.status, reply.headers.allow]).toEqual([path, 404, undefined]);
    }
  });

  it('answers 401 with a challenge before it looks at method, session or body', async () => {
    for (const token of [undefined, 'wrong']) {
      for (const method of ['POST', 'GET', 'DELETE', 'PUT']) {
        const stranger = new WireClient(gateway.url, token);
        const reply = await stranger.start(method, undefined, { 'mcp-session-id': 'x' }).reply;
        expect([method, reply.status]).toEqual([method, 401]);
        expect(reply.headers['www-authenticate']).toBe('Bearer');
      }
    }
  });

  it('answers a GET without session 405 with Allow', async () => {
    const reply = await client().start('GET').reply;
    expect([reply.status, reply.headers.allow]).toEqual([405, 'POST, DELETE']);
  });

  it('answers other methods 405 with Allow', async () => {
    const reply = await client().start('PUT', '{}').reply;
    expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, POST, DELETE']);
  });

  it('answers 400 without a session id, 404 for an unknown one', async () => {
    const ping = { id: 1, method: 'ping' };
    expect((await client().send(ping)).status).toBe(400);
    expect((await client().start('DELETE').reply).status).toBe(400);
    const lost = client();
    lost.id = 'no-such-session';
    expect((await lost.send(ping)).status).toBe(404);
    expect((await lost.start('GET').reply).status).toBe(404);
    expect((await lost.start('DELETE').reply).status).toBe(404);
  });

  it('answers 404 for an unknown session before 406 and 415', async () => {
    const lost = client();
    lost.id = 'no-such-session';
    const reply = await lost.start('POST', 'x', { accept: 'text/html', 'content-type': 'text/x' })
      .reply;
    expect(reply.status).toBe(404);
  });

  it('answers 406, 415 and 413', async () => {
    const session = await client().open();
    const body = session.callBody(1);
    const post = async (headers: Record<string, string | undefined>): Promise<number> =>
      (await session.start('POST', body, headers).reply).status;
    expect(await post({ accept: 'application/json' })).toBe(406);
    expect(await post({ accept: undefined })).toBe(406);
    expect(await post({ 'content-type': 'text/plain' })).toBe(415);
    expect(await post({ 'content-type': 'application/json; charset=utf-8' })).toBe(200);
    const large = session.callBody(2, 'x'.repeat(20_000));
    expect((await session.start('POST', large).reply).status).toBe(413);
  });

  it('refuses a body that grows too large without a length', async () => {
    const session = await client().open();
    const { hostname, port, pathname } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => {});
    const head = [
      `POST ${pathname} HTTP/1.1`,
      `Host: ${hostname}`,
      `Authorization: Bearer ${ALICE}`,
      'Content-Type: application/json',
      'Accept: application/json, text/event-stream',
      `Mcp-Session-Id: ${session.id}`,
      'Transfer-Encoding: chunked',
      '',
      '',
    ];
    socket.write(head.join('\r\n'));
    for (let part = 0; part < 20; part += 1) socket.write(`3e8\r\n${'x'.repeat(1000)}\r\n`);
    await until('the refusal', () => text.startsWith('HTTP/1.1 413 '));
    socket.destroy();
  });

  it('refuses an unknown protocol version, and takes the ones it knows', async () => {
    const session = await client().open();
    const ask = async (version: string): Promise<number> =>
      (await session.send({ id: 1, method: 'ping' }, { 'mcp-protocol-version': version })).status;
    expect(await ask('1999-01-01')).toBe(400);
    expect(await ask('2025-03-26')).toBe(200);
    const end = async (version: string): Promise<number> =>
      (await session.start('DELETE', undefined, { 'mcp-protocol-version': version }).reply).status;
    expect(await end('1999-01-01')).toBe(400);
    expect(await ask('2025-11-25')).toBe(200);
    expect(await end('2025-11-25')).toBe(204);
  });

  it('refuses what is not one JSON-RPC message', async () => {
    const session = await client().open();
    const code = async (body: string): Promise<unknown> => {
      const reply = await session.start('POST', body).reply;
      expect(reply.status).toBe(400);
      const error = reply.messages[0]?.['error'] as { code: number } | undefined;
      return error?.code;
    };
    expect(await code('{')).toBe(-32700);
    expect(await code('[]')).toBe(-32600);
    expect(await code('{"id":1,"method":"ping"}')).toBe(-32600);
    expect(await code('{"jsonrpc":"2.0","id":null,"method":"ping"}')).toBe(-32600);
    expect(await code('{"jsonrpc":"2.0","id":1,"result":{},"error":{}}')).toBe(-32600);
  });
});

describe('sessions', () => {
  it("keeps another user's hands off a session, on every method", async () => {
    const alice = await client().open();
    const bob = client(BOB);
    bob.id = alice.id;
    expect((await bob.call()).status).toBe(404);
    expect((await bob.start('GET').reply).status).toBe(404);
    expect((await bob.start('DELETE').reply).status).toBe(404);
    expect((await alice.call()).status).toBe(200);
  });

  it('knows a session only at the endpoint where it was opened', async () => {
    const session = await client().open();
    const other = elsewhere('/deep/er/servers/one/mcp', ALICE);
    other.id = session.id;
    expect((await other.call()).status).toBe(404);
    expect((await other.initialize()).status).toBe(200);
  });

  it('opens a new session for an initialize that carries a stale id', async () => {
    const stale = client();
    stale.id = 'stale';
    expect((await stale.initialize()).status).toBe(200);
    expect(stale.id).not.toBe('stale');
    expect((await stale.initialize()).status).toBe(400);
  });

  it('answers 503 with Retry-After when there are too many', async () => {
    const opened: WireClient[] = [];
    let refused: Reply | undefined;
    while (refused === undefined && opened.length < 41) {
      const next = client();
      const reply = await next.initialize();
      if (reply.status === 200) opened.push(next);
      else refused = reply;
    }
    expect([refused?.status, refused?.headers['retry-after']]).toEqual([503, '5']);
    await Promise.all(opened.map((one) => one.start('DELETE').reply));
    expect((await client().initialize()).status).toBe(200);
  });
});

it('shows its health and its metrics', async () => {
  const health = await elsewhere('/deep/er/health').start('GET').reply;
  expect(health.messages[0]).toMatchObject({ status: 'ok', upstreams: ['one'] });
  const { host, pathname } = new URL(gateway.url);
  const metrics = await fetch(`http://${host}${pathname.replace('/mcp', '/metrics')}`);
  expect(await metrics.text()).toMatch(/gateway_upstream_creates_total [1-9]/);
});
