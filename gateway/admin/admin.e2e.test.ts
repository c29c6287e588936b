import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient } from '../testing/wire-client.ts';

const TOKEN = 'operator';
let upstream: FakeUpstream;
let gateway: GatewayProcess;

beforeEach(async () => {
  upstream = await FakeUpstream.start();
  gateway = await GatewayProcess.start(
    '--upstream',
    `one=${upstream.url}`,
    '--admin-port',
    '0',
    '--admin-token',
    TOKEN,
    '--allowed-upstream-network',
    '127.0.0.1/32',
  );
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  token = TOKEN,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gateway.admin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, connection: 'close' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const usual = (): Promise<WireClient> => new WireClient(gateway.url).open();

describe('an upstream', () => {
  it('keeps its sessions when its description, tags, headers to pass or visibility change', async () => {
    const client = await usual();
    await client.call();
    const change = {
      description: 'new',
      tags: ['x'],
      visibility: 'private',
      passthroughHeaders: ['x-trace'],
    };
    const reply = await ask('PATCH', '/upstreams/one', change);
    expect(reply).toMatchObject({ status: 200, body: { ...change, evicted: false } });
    const called = client.start('POST', client.callBody(9), { 'x-trace': 'abc', 'x-other': 'd' });
    expect(textOf(await called.reply)).toBe('fake 2');
    expect(upstream.of('tools/call')[1]?.headers).toMatchObject({ 'x-trace': 'abc' });
    expect(upstream.of('tools/call')[1]?.headers['x-other']).toBeUndefined();
    expect(upstream.deletes()).toEqual([]);
  });

  it('loses its sessions when its authentication changes, and uses the new one', async () => {
    const client = await usual();
    const change = { authType: 'bearer', authValue: 'secret' };
    const reply = await ask('PATCH', '/upstreams/one', change);
    expect(reply.body).toMatchObject({ evicted: true, changed: ['authType', 'authValue'] });
    expect(JSON.stringify(reply.body)).not.toContain('secret');
    await until('the DELETE', () => upstream.deletes().length === 1);
    expect((await client.call()).status).toBe(404);
    await client.open();
    await client.call();
    expect(upstream.of('tools/call')[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('loses its sessions when its URL changes, calls under way finish first', async () => {
    await using other = await FakeUpstream.start('other');
    const client = await usual();
    let held: ToolCall | undefined;
    upstream.tool = (call) => (held = call);
    const pending = client.start('POST', client.callBody(1)).reply;
    await until('the call', () => held !== undefined);
    await ask('PATCH', '/upstreams/one', { url: other.url });
    expect((await client.call()).status).toBe(404);
    expect(upstream.deletes()).toEqual([]);
    held?.reply({ content: [{ text: 'finished' }] });
    expect(textOf(await pending)).toBe('finished');
    await until('the DELETE', () => upstream.deletes().length === 1);
    await client.open();
    expect(textOf(await client.call())).toBe('other 1');
  });

  it('that will not let go of its sessions delays neither the operator nor the others', async () => {
    const clients = await Promise.all([usual(), usual(), usual()]);
    upstream.intercept = ({ http, session }, response) => {
      if (http !== 'DELETE') return false;
      if (session === 'fake-1') response.writeHead(500).end();
      return session === 'fake-1' || session === 'fake-2';
    };
    const from = performance.now();
    expect((await ask('DELETE', '/upstreams/one')).status).toBe(204);
    expect(performance.now() - from).toBeLessThan(500);
    await until('three DELETEs', () => upstream.deletes().length === 3);
    await until('the log', () => gateway.log.includes('HTTP 500 to DELETE'));
    for (const client of clients) expect((await client.call()).status).toBe(404);
    expect((await new WireClient(gateway.url).initialize()).status).toBe(503);
  });

  it('can be added, and has an endpoint of its own at once', async () => {
    await using other = await FakeUpstream.start('other');
    const added = await ask('POST', '/upstreams', { name: 'two', url: other.url });
    expect(added.status).toBe(201);
    expect((await ask('POST', '/upstreams', { name: 'two', url: other.url })).status).toBe(409);
    const client = new WireClient(gateway.url.replace('/mcp', '/servers/two/mcp'));
    expect(textOf(await (await client.open()).call())).toBe('other 1');
    expect(textOf(await (await usual()).call('two__add'))).toBe('other 1');
  });
});

it('what clients of several upstreams can reach is told them when it changes', async () => {
  await using other = await FakeUpstream.start('other');
  const second = { name: 'two', url: other.url };
  expect((await ask('POST', '/upstreams', second)).status).toBe(201);
  const [client, single] = [
    await usual(),
    new WireClient(gateway.url.replace('/mcp', '/servers/one/mcp')),
  ];
  await single.open();
  const streams = [await client.stream(), await single.stream()] as const;
  const changed = ['tools', 'prompts', 'resources'].map(
    (list) => `notifications/${list}/list_changed`,
  );
  const [told] = streams;
  const acts: [string, string, object?][] = [
    ['POST', '/upstreams', { name: 'three', url: other.url }],
    ['PATCH', '/upstreams/three', { headers: { x: 'y' } }],
    ['PATCH', '/upstreams/three', { description: 'of no interest' }],
    ['DELETE', '/upstreams/three'],
  ];
  for (const act of acts) expect((await ask(...act)).status).toBeLessThan(300);
  await until('all', () => told.messages.length >= 9);
  // What else there were would have come by now.
  await client.call('one__add');
  const methods = told.messages.map(({ method }) => method);
  expect(methods).toEqual([...changed, ...changed, ...changed]);
  expect(streams[1].messages).toEqual([]);
});

it('shows sessions without ids or secrets', async () => {
  const client = await usual();
  await client.call();
  const { body } = await ask('GET', '/sessions');
  expect(body).toMatchObject([{ user: 'anonymous', endpoint: '/mcp', upstreams: ['one'] }]);
  expect(JSON.stringify(body)).not.toContain(client.id);
});

it('ends the sessions of one user, of nobody else, and never of all', async () => {
  const client = await usual();
  const stream = await client.stream();
  const of = async (user: string): Promise<unknown> =>
    ((await ask('GET', `/sessions?user=${user}`)).body as unknown[]).length;
  expect([await of('anonymous'), await of('somebody%20else')]).toEqual([1, 0]);
  expect((await ask('DELETE', '/sessions')).status).toBe(400);
  expect((await ask('DELETE', '/sessions?user=else')).body).toEqual({ ended: 0 });
  expect((await client.call()).status).toBe(200);
  expect((await ask('DELETE', '/sessions?user=anonymous')).body).toEqual({ ended: 1 });
  expect((await client.call()).status).toBe(404);
  await until('the stream to end', stream.ended);
  await until('the DELETE', () => upstream.deletes().length === 1);
});

it('listens on loopback alone, wherever clients arrive', async () => {
  const flags = ['--host', '0.0.0.0', '--admin-port', '0', '--admin-token', TOKEN];
  await using open = await GatewayProcess.start('--upstream', `one=${upstream.url}`, ...flags);
  const elsewhere = (url: string): string => url.replace(/\/\/[\d.]+/, '//127.0.0.2');
  expect((await fetch(elsewhere(open.url.replace('/mcp', '/health')))).status).toBe(200);
  expect((await fetch(`${open.admin}/upstreams`)).status).toBe(401);
  await expect(fetch(`${elsewhere(open.admin)}/upstreams`)).rejects.toThrow('fetch failed');
});

it('refuses what it cannot do, in one sentence', async () => {
  expect((await ask('GET', '/upstreams', undefined, 'wrong')).status).toBe(401);
  expect((await ask('GET', '/nothing')).status).toBe(404);
  expect((await ask('PUT', '/upstreams')).status).toBe(405);
  expect((await ask('GET', '/sessions/anything')).status).toBe(405);
  expect((await ask('PATCH', '/upstreams/none', {})).status).toBe(404);
  expect((await ask('DELETE', '/upstreams/none')).status).toBe(404);
  expect(await ask('POST', '/upstreams', '{')).toMatchObject({ status: 400 });
  const wrong: readonly [unknown, RegExp][] = [
    [{ name: 'x', url: 'ftp://x' }, /^url: /],
    [{ name: 'a__b', url: 'http://x' }, /^name: /],
    [{ name: 'x', url: 'http://x', transport: 'pigeon' }, /^transport: /],
    [{ name: 'x', url: 'http://x', surprise: 'c' }, /surprise/],
    [{ name: 'x', url: 'http://127.0.0.2/' }, /^url: /],
    [{ name: 'x', url: 'https://x', caCertificate: 'file:/etc/passwd' }, /^caCertificate: not/],
    [{ name: 'x', url: 'http://u:p@x' }, /^url: credentials/],
    [{ name: 'x', url: 'http://x', authType: 'header', authValue: 'nothing' }, /^authValue: /],
    [{ name: 'x', url: 'http://x', headers: { host: 'y' } }, /^headers.host: /],
  ];
  for (const [input, sentence] of wrong) {
    const reply = await ask('POST', '/upstreams', input);
    expect([reply.status, (reply.body as { error: string }).error]).toEqual([
      400,
      expect.stringMatching(sentence),
    ]);
  }
});
