import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeSseUpstream } from '../testing/fake-sse-upstream.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { ask, OPERATOR_TOKEN } from '../testing/operator.ts';
import { until } from '../testing/until.ts';
import { WireClient } from '../testing/wire-client.ts';

const user = 'token-of-the-gateway';
let plain: FakeUpstream;
let trusting: FakeUpstream;
let gateway: GatewayProcess;

beforeEach(async () => {
  plain = await FakeUpstream.start('plain');
  trusting = await FakeUpstream.start('trusting');
  gateway = await GatewayProcess.configured({
    admin: { port: 0, token: OPERATOR_TOKEN },
    users: [{ name: 'u', token: user }],
    upstreams: [
      { name: 'plain', url: plain.url },
      { name: 'trusting', url: trusting.url, passthroughHeaders: ['authorization', 'X-Rotated'] },
    ],
  });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
  await trusting[Symbol.asyncDispose]();
});

const clientOf = (name: string): WireClient =>
  new WireClient(gateway.url.replace('/mcp', `/servers/${name}/mcp`), user);

/** What each request brought, by its method. */
const brought = (upstream: FakeUpstream, header: string): readonly (readonly [string, unknown])[] =>
  upstream.received.map(({ headers, http, method }) => [method ?? http, headers[header]]);

it('nothing that proves who a client is reaches an upstream that was not given it', async () => {
  const client = clientOf('plain');
  Object.assign(client.headers, {
    cookie: 'session=canary',
    'proxy-authorization': 'Basic canary',
    'x-api-key': 'canary',
    'x-rotated': 'canary',
    baggage: 'user=canary',
    forwarded: 'for=canary',
  });
  await client.open();
  const stream = await client.stream();
  await client.call();
  await client.send({ method: 'notifications/roots/list_changed' });
  await until('the GET', () => plain.received.some(({ http }) => http === 'GET'));
  await client.start('DELETE').reply;
  await until('the DELETE', () => plain.deletes().length === 1);
  stream.close();
  expect(plain.received.length).toBeGreaterThanOrEqual(6);
  expect(JSON.stringify(plain.received)).not.toMatch(/canary|token-of-the-gateway/);
});

it('a header that is passed goes with every request of a session, as it is at that moment', async () => {
  const client = clientOf('trusting');
  client.headers['x-rotated'] = 'first';
  await client.open();
  await client.call();
  client.headers['x-rotated'] = 'second';
  await client.call();
  const stream = await client.stream();
  await until('the GET', () => trusting.received.some(({ http }) => http === 'GET'));
  client.headers['x-rotated'] = 'third';
  await client.send({ method: 'notifications/roots/list_changed' });
  await client.start('DELETE').reply;
  await until('the DELETE', () => trusting.deletes().length === 1);
  stream.close();
  expect(brought(trusting, 'x-rotated')).toEqual([
    ['initialize', 'first'],
    ['notifications/initialized', 'first'],
    ['tools/call', 'first'],
    ['tools/call', 'second'],
    ['GET', 'second'],
    ['notifications/roots/list_changed', 'third'],
    ['DELETE', 'third'],
  ]);
  expect(new Set(brought(trusting, 'authorization').map(([, value]) => value))).toEqual(
    new Set([`Bearer ${user}`]),
  );
});

it('the DELETE of a session that expired carries what its last request did', async () => {
  await using expiring = await GatewayProcess.configured({
    sessionIdleMs: 100,
    upstreams: [{ name: 'one', url: trusting.url, passthroughHeaders: ['x-rotated'] }],
  });
  const client = new WireClient(expiring.url);
  client.headers['x-rotated'] = 'first';
  await client.open();
  client.headers['x-rotated'] = 'last';
  await client.call();
  await until('the DELETE', () => trusting.deletes().length === 1);
  expect(trusting.deletes()[0]?.headers['x-rotated']).toBe('last');
});

it('trace context is that of each request, also of those that wait for one session', async () => {
  const client = await new WireClient(gateway.url, user).open();
  let goOn = (): void => {};
  plain.intercept = ({ method }, response) => {
    if (method === 'notifications/initialized') goOn = () => void response.writeHead(202).end();
    return method === 'notifications/initialized';
  };
  const traces = ['00-a-1-01', '00-b-2-01', undefined];
  const calls = traces.map((traceparent, id) =>
    client.start('POST', client.callBody(id, 'plain__add'), { traceparent }),
  );
  await until('all calls to wait for the session', async () => {
    const health = await fetch(gateway.url.replace('/mcp', '/health'));
    const { callsInFlight } = (await health.json()) as { callsInFlight: number };
    return callsInFlight === 3 && plain.of('notifications/initialized').length === 1;
  });
  goOn();
  await Promise.all(calls.map(({ reply }) => reply));
  const got = plain
    .of('tools/call')
    .map(({ id, headers }) => [id, headers['traceparent']] as const);
  expect(new Map(got)).toEqual(new Map(traces.map((trace, id) => [id, trace])));
  expect(plain.of('initialize')).toHaveLength(1);
});

it('a request keeps its own while its body is still coming and others pass it', async () => {
  const client = await clientOf('plain').open();
  const body = client.callBody('slow');
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  const head = [
    `POST ${new URL(client.url).pathname} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${user}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Mcp-Session-Id: ${client.id}`,
    'Traceparent: 00-slow-1-01',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  ];
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await until('the headers to be read', () => text.startsWith('HTTP/1.1 100 '));
  client.headers['traceparent'] = '00-quick-1-01';
  await client.call();
  socket.write(body);
  await until('the answer', () => text.includes('plain 2'));
  socket.destroy();
  const traces = plain.of('tools/call').map(({ headers }) => headers['traceparent']);
  expect(traces).toEqual(['00-quick-1-01', '00-slow-1-01']);
});

it('with several upstreams behind one endpoint, each gets its own', async () => {
  const client = new WireClient(gateway.url, user);
  Object.assign(client.headers, { 'x-rotated': 'yes', traceparent: '00-a-1-01' });
  await client.open();
  await client.send({ id: 'list', method: 'tools/list' });
  for (const upstream of [plain, trusting]) {
    const isTrusting = upstream === trusting;
    expect(upstream.of('tools/list')).toHaveLength(1);
    for (const { headers } of upstream.received) {
      expect([headers['x-rotated'], headers['traceparent'], headers.authorization]).toEqual([
        isTrusting ? 'yes' : undefined,
        '00-a-1-01',
        isTrusting ? `Bearer ${user}` : undefined,
      ]);
    }
  }
});

it('headers are passed over HTTP+SSE, too', async () => {
  await using old = await FakeSseUpstream.start();
  const one = { name: 'one', transport: 'sse', url: old.url, passthroughHeaders: ['x-rotated'] };
  await using behind = await GatewayProcess.configured({ upstreams: [one] });
  const client = new WireClient(behind.url);
  client.headers['x-rotated'] = 'first';
  await client.open();
  client.headers['x-rotated'] = 'second';
  await client.call();
  expect(old.posted.map(({ headers, method }) => [method, headers['x-rotated']])).toEqual([
    ['initialize', 'first'],
    ['notifications/initialized', 'first'],
    ['tools/call', 'second'],
  ]);
});

it('what is passed can be changed without ending a session', async () => {
  const client = clientOf('plain');
  client.headers['x-late'] = 'now';
  await client.open();
  await client.call();
  const change = { passthroughHeaders: ['x-late'] };
  expect((await ask(gateway, 'PATCH', '/upstreams/plain', change)).body['evicted']).toBe(false);
  await client.call();
  expect(plain.of('tools/call').map(({ headers }) => headers['x-late'])).toEqual([
    undefined,
    'now',
  ]);
});

it('a header that the gateway sends of itself is not passed', async () => {
  const auth = { authType: 'bearer', authValue: 'own' };
  const { body } = await ask(gateway, 'PATCH', '/upstreams/trusting', auth);
  expect(body['error']).toBe('passthroughHeaders: the gateway sends its own header of that name');
});
