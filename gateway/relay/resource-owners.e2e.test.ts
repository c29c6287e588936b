import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient, type Reply } from '../testing/wire-client.ts';

type Json = Record<string, unknown>;

let a: FakeUpstream;
let b: FakeUpstream;
let gateway: GatewayProcess;

const startGateway = (...flags: string[]): Promise<GatewayProcess> =>
  GatewayProcess.start('--upstream', `a=${a.url}`, '--upstream', `b=${b.url}`, ...flags);

beforeAll(async () => {
  [a, b] = [await FakeUpstream.start('a'), await FakeUpstream.start('b')];
  gateway = await startGateway('--list-timeout-ms', '300');
  for (const one of [a, b]) one.capabilities = { tools: {}, resources: {}, completions: {} };
});

/** Makes an upstream have these resources and templates. */
function offer(
  one: FakeUpstream,
  uris: readonly string[],
  templates: readonly string[] = [],
): void {
  const { name } = one;
  one.results = {
    'resources/list': () => ({ resources: uris.map((uri) => ({ uri, name })) }),
    'resources/templates/list': () => ({
      resourceTemplates: templates.map((uriTemplate) => ({ uriTemplate, name })),
    }),
    'resources/read': ({ uri }) => ({ contents: [{ uri, text: name }] }),
    'resources/subscribe': () => ({}),
    'resources/unsubscribe': () => ({}),
    'completion/complete': () => ({ completion: { values: [name] } }),
  };
}

afterEach(() => {
  for (const one of [a, b]) {
    one.received.length = 0;
    one.intercept = () => false;
    one.tool = ({ reply, count }) => reply({ content: [{ text: `${one.name} ${count}` }] });
  }
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
});

const open = (): Promise<WireClient> => new WireClient(gateway.url).open();
const resultOf = (reply: Reply): Json => (reply.messages.at(-1)?.['result'] ?? {}) as Json;
let last = 0;
const ask = (client: WireClient, method: string, params: Json = {}): Promise<Reply> =>
  client.send({ id: `r${(last += 1)}`, method, params });
const read = async (client: WireClient, uri: string): Promise<unknown> => {
  const reply = await ask(client, 'resources/read', { uri });
  const [content] = (resultOf(reply)['contents'] ?? []) as { text: string }[];
  return content?.text ?? reply.messages.at(-1)?.['error'];
};

describe('a resource, with several upstreams', () => {
  it('is read from whoever lists it, also before the client has seen a list', async () => {
    offer(a, ['x:a']);
    offer(b, ['x:b']);
    const client = await open();
    expect([await read(client, 'x:b'), await read(client, 'x:a')]).toEqual(['b', 'a']);
    expect(a.of('resources/read').map(({ body }) => body['params'])).toEqual([{ uri: 'x:a' }]);
    expect(a.of('resources/list')).toHaveLength(1);
  });

  it('belongs to the first upstream in order where two have it, and the other is told', async () => {
    offer(a, ['x:same', 'x:a']);
    offer(b, ['x:same', 'x:b']);
    let release = (): void => {};
    // Whoever answers first makes no difference.
    a.intercept = (received, response) => {
      if (received.method !== 'resources/list') return false;
      release = () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const resources = ['x:same', 'x:a'].map((uri) => ({ uri, name: 'a' }));
        response.end(JSON.stringify({ jsonrpc: '2.0', id: received.id, result: { resources } }));
      };
      return true;
    };
    const client = await open();
    const listing = ask(client, 'resources/list');
    await until('both to be asked', () =>
      [a, b].every((one) => one.of('resources/list').length === 1),
    );
    release();
    const reply = await listing;
    expect(resultOf(reply)).toEqual({
      resources: [
        { uri: 'x:same', name: 'a' },
        { uri: 'x:a', name: 'a' },
        { uri: 'x:b', name: 'b' },
      ],
      _meta: { 'mcp-gauntlet/shadowed': [{ upstream: 'b', uri: 'x:same' }] },
    });
    expect(reply.messages[0]).toMatchObject({
      method: 'notifications/message',
      params: { level: 'warning', data: { upstream: 'b' } },
    });
    expect(await read(client, 'x:same')).toBe('a');
    expect(b.of('resources/read')).toEqual([]);
  });

  it('stays with its upstream while that one is slow', async () => {
    offer(a, ['x:same']);
    offer(b, ['x:same']);
    const client = await open();
    expect(await read(client, 'x:same')).toBe('a');
    a.intercept = ({ method }) => method === 'resources/list';
    const reply = await ask(client, 'resources/list');
    expect(resultOf(reply)).toMatchObject({
      resources: [],
      _meta: { 'mcp-gauntlet/unavailable': [{ upstream: 'a' }] },
    });
    expect(await read(client, 'x:same')).toBe('a');
    offer(a, []);
    a.intercept = () => false;
    await ask(client, 'resources/list');
    expect(await read(client, 'x:same')).toBe('b');
  });

  it('of a template goes where the template that it begins like most comes from', async () => {
    offer(a, [], ['file:///{path}']);
    offer(b, [], ['file:///deep/{path}', 'db://{table}']);
    const client = await open();
    expect(await read(client, 'file:///x')).toBe('a');
    expect(await read(client, 'file:///deep/x')).toBe('b');
    expect(await read(client, 'db://x')).toBe('b');
    const ref = { type: 'ref/resource', uri: 'db://{table}' };
    const argument = { name: 'table', value: '' };
    const reply = await ask(client, 'completion/complete', { ref, argument });
    expect(resultOf(reply)).toEqual({ completion: { values: ['b'] } });
    await ask(client, 'completion/complete', {
      ref: { type: 'ref/prompt', name: 'a__p' },
      argument,
    });
    expect(a.of('completion/complete')[0]?.body['params']).toMatchObject({ ref: { name: 'p' } });
  });

  it('that a result links to is read where the link came from', async () => {
    offer(a, []);
    offer(b, []);
    b.tool = ({ reply }) =>
      reply({ content: [{ type: 'resource_link', uri: 'x:linked', name: '' }] });
    const client = await open();
    await client.call('b__add');
    expect(await read(client, 'x:linked')).toBe('b');
  });

  it('that nobody has is not found, and whoever could not be asked is named', async () => {
    offer(a, ['x:a']);
    offer(b, ['x:b']);
    const client = await open();
    expect(await read(client, 'x:none')).toMatchObject({ code: -32002 });
    b.intercept = ({ method }) => method === 'resources/list';
    expect(await read(client, 'x:other')).toMatchObject({
      code: -32002,
      message: expect.stringMatching(/not asked: b$/),
    });
    expect([a, b].flatMap((one) => one.of('resources/read'))).toEqual([]);
  });

  it('that is being looked for when its session ends has nothing opened for it', async () => {
    offer(a, ['x:a']);
    offer(b, ['x:b']);
    b.intercept = ({ method }) => method === 'resources/list';
    await using patient = await startGateway('--list-timeout-ms', '10000');
    const patientClient = (): Promise<WireClient> => new WireClient(patient.url).open();
    const client = await patientClient();
    const pending = ask(client, 'resources/read', { uri: 'x:a' });
    await until('both to be asked', () =>
      [a, b].every((one) => one.of('resources/list').length === 1),
    );
    // The other’s part has come by then: its answer is on the way before this is.
    await client.call('a__add');
    expect((await client.start('DELETE').reply).status).toBe(204);
    expect(reasonOf(await pending)).toBe('ended');
    await until('both sessions to be ended', () => [a, b].every((one) => one.deletes().length > 0));
    expect(textOf(await (await patientClient()).call('a__add'))).toBe('a 1');
    expect(a.of('initialize')).toHaveLength(2);
  });

  it('is subscribed to at its upstream, whose updates alone come, to that session alone', async () => {
    offer(a, ['x:same']);
    offer(b, ['x:same', 'x:b']);
    const [client, other] = [await open(), await open()];
    for (const uri of ['x:same', 'x:b']) await ask(client, 'resources/subscribe', { uri });
    const [fromA] = a.of('resources/subscribe');
    const [fromB, more] = b.of('resources/subscribe');
    expect([fromA?.body['params'], fromB?.body['params'], more]).toEqual([
      { uri: 'x:same' },
      { uri: 'x:b' },
      undefined,
    ]);
    const [stream, quiet] = [await client.stream(), await other.stream()];
    await until('the streams upstream', () => a.streams.has(fromA?.session ?? ''));
    await until('the streams upstream', () => b.streams.has(fromB?.session ?? ''));
    const method = 'notifications/resources/updated';
    b.say(fromB?.session, { method, params: { uri: 'x:same' } });
    b.say(fromB?.session, { method, params: { uri: 'x:b' } });
    a.say(fromA?.session, { method, params: { uri: 'x:same' } });
    await until('two updates', () => stream.messages.length === 2);
    const uris = stream.messages.map(({ params }) => (params as { uri: string }).uri);
    expect([uris.toSorted(), quiet.messages]).toEqual([['x:b', 'x:same'], []]);
    await ask(client, 'resources/unsubscribe', { uri: 'x:b' });
    expect(b.of('resources/unsubscribe')[0]?.session).toBe(fromB?.session);
  });
});

describe('a merged list', () => {
  it('comes whole, so that a cursor is refused', async () => {
    const client = await open();
    const reply = await ask(client, 'tools/list', { cursor: '2' });
    expect(reply.messages[0]?.['error']).toMatchObject({ code: -32602 });
  });

  it('leaves out an upstream whose list does not end, and names it', async () => {
    b.intercept = ({ method, id, body }, response) => {
      if (method !== 'tools/list') return false;
      const { cursor } = (body['params'] ?? {}) as { cursor?: string };
      const nextCursor = String(Number(cursor ?? 0) + 1);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [], nextCursor } }));
      return true;
    };
    const reply = await ask(await open(), 'tools/list');
    expect(JSON.stringify(resultOf(reply))).toMatch(/"upstream":"b","error":".*come to an end/);
    expect(b.of('tools/list').length).toBeLessThanOrEqual(100);
  });

  it('is not warned of where the client asked for errors only', async () => {
    const client = await open();
    await ask(client, 'logging/setLevel', { level: 'error' });
    b.intercept = ({ method }) => method === 'tools/list';
    const reply = await ask(client, 'tools/list');
    expect(reply.messages).toHaveLength(1);
    expect(resultOf(reply)).toHaveProperty(['_meta', 'mcp-gauntlet/unavailable']);
  });

  it('that is cancelled is cancelled where it is still asked for, once', async () => {
    const client = await open();
    b.intercept = ({ method }) => method === 'tools/list';
    const pending = client.start(
      'POST',
      '{"jsonrpc":"2.0","id":"list","method":"tools/list"}',
    ).reply;
    await until('both to be asked', () => [a, b].every((one) => one.of('tools/list').length === 1));
    // The other's part has come by then: its answer is on the way before this is.
    await client.call('a__add');
    await client.cancel('list');
    expect((await pending).messages).toEqual([]);
    const mine = b.of('tools/list')[0]?.session;
    const cancels = (one: FakeUpstream, session?: string): number =>
      one.of('notifications/cancelled').filter((received) => received.session === session).length;
    await until('the cancel', () => cancels(b, mine) === 1);
    // A list that began later was cancelled for its time: so would have been this one by then.
    await ask(await open(), 'tools/list');
    const later = b.of('tools/list')[1]?.session;
    await until('the cancel of the later list', () => cancels(b, later) === 1);
    expect([cancels(b, mine), a.of('notifications/cancelled')]).toEqual([1, []]);
  });
});
