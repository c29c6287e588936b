import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEverythingSse } from '../testing/everything.ts';
import { FakeSseUpstream, type SseCall } from '../testing/fake-sse-upstream.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient, type Reply } from '../testing/wire-client.ts';

const gateways = new Map<string, GatewayProcess>();
let owned: AsyncDisposableStack;
let upstream: FakeSseUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await FakeSseUpstream.start();
});

beforeEach(() => {
  owned = new AsyncDisposableStack();
  upstream.behave();
});

afterEach(() => owned.disposeAsync());

afterAll(async () => {
  for (const one of gateways.values()) await one[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function start(config: object = {}, ...others: object[]): Promise<void> {
  const upstreams = [{ name: 'old', transport: 'sse', url: upstream.url }, ...others];
  gateway = await GatewayProcess.among(gateways, { upstreams, ...config });
}

const open = (): Promise<WireClient> => new WireClient(gateway.url).open();

function errorOf(reply: Reply): { message: string; data: Record<string, unknown> } {
  return reply.messages.at(-1)?.['error'] as ReturnType<typeof errorOf>;
}

/** Calls are kept here from now on, instead of being answered. */
function hold(): SseCall[] {
  const held: SseCall[] = [];
  upstream.tool = (call) => held.push(call);
  return held;
}

describe('the official reference server over HTTP+SSE', () => {
  it('is reached, each client with a session of its own, with progress and its own requests', async () => {
    const server = owned.use(await startEverythingSse());
    const upstreams = [{ name: 'everything', transport: 'sse', url: server.url }];
    gateway = owned.use(await GatewayProcess.configured({ upstreams }));
    const [one, two] = [await open(), await open()];
    const echoed = await Promise.all([
      one.call('echo', { message: 'a' }),
      two.call('echo', { message: 'b' }),
    ]);
    expect(echoed.map(textOf)).toEqual(['Echo: a', 'Echo: b']);
    const params = {
      name: 'trigger-long-running-operation',
      arguments: { duration: 0.1, steps: 2 },
      _meta: { progressToken: 'token' },
    };
    const reply = await one.send({ id: 'long', method: 'tools/call', params });
    expect(reply.messages.map(({ method, id }) => method ?? id)).toEqual([
      'notifications/progress',
      'notifications/progress',
      'long',
    ]);
  });
});

describe('opening', () => {
  it('is given up when no endpoint event comes, and leaves no stream behind', async () => {
    await start({ requestTimeoutMs: 300 });
    upstream.endpoint = () => undefined;
    const reply = await new WireClient(gateway.url).initialize();
    expect(reasonOf(reply)).toBe('timeout');
    await until('the stream to end', () => upstream.streams.size === 0);
    expect(upstream.posted).toEqual([]);
  });

  it('is given up at once when its client leaves', async () => {
    await using other = await FakeUpstream.start('other');
    await start({}, { name: 'other', url: other.url });
    upstream.silentOn.add('initialize');
    const client = await open();
    const call = client.call('old__add');
    await until('the handshake', () => upstream.of('initialize').length === 1);
    await client.start('DELETE').reply;
    expect(reasonOf(await call)).toBe('ended');
    await until('the stream to end', () => upstream.streams.size === 0);
  });

  it('refuses an endpoint of another origin: nothing is sent there', async () => {
    let visits = 0;
    const canary = createServer((_request, response) => {
      visits += 1;
      response.end();
    });
    owned.defer(() => void canary.close());
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', () => resolve()));
    const { port } = canary.address() as AddressInfo;
    await start();
    upstream.endpoint = (path) => `http://127.0.0.1:${port}${path}`;
    const reply = await new WireClient(gateway.url).initialize();
    expect(errorOf(reply)).toMatchObject({
      message: expect.stringMatching(/"old": .*same origin; the request was not carried out/),
      data: { reason: 'refused', maybeApplied: false },
    });
    await until('the stream to end', () => upstream.streams.size === 0);
    expect([visits, upstream.posted]).toEqual([0, []]);
  });

  it('takes the first endpoint only, absolute or not, and adds the configured credentials', async () => {
    upstream.endpoint = (path) =>
      `${new URL(path, upstream.url).href}\n\nevent: endpoint\ndata: /elsewhere`;
    const secrets = { authType: 'bearer', authValue: 'secret', queryParameters: { key: 'k' } };
    const other = { name: 'two', transport: 'sse', url: upstream.url, ...secrets };
    gateway = owned.use(await GatewayProcess.configured({ upstreams: [other] }));
    await (await open()).call();
    for (const { path } of upstream.posted) expect(path).toMatch(/^\/messages\?session=\d+&key=k$/);
    expect(upstream.posted.at(-1)?.headers.authorization).toBe('Bearer secret');
  });

  it('says what came in place of an event stream', async () => {
    await using http = await FakeUpstream.start();
    const wrong = { name: 'wrong', transport: 'sse', url: http.url };
    gateway = owned.use(await GatewayProcess.configured({ upstreams: [wrong] }));
    const reply = await new WireClient(gateway.url).initialize();
    expect(textOf(reply)).toMatch(/"wrong": it answered HTTP 404; the request was not carried out/);
  });
});

describe('a stream that drops', () => {
  it('fails the calls on it at once, ends the session, and is not replaced behind its back', async () => {
    await start();
    const client = await open();
    const held = hold();
    const calls = [client.call(), client.call()];
    await until('the calls', () => held.length === 2);
    const from = performance.now();
    upstream.cutStreams();
    for (const reply of await Promise.all(calls)) {
      expect([reply.status, errorOf(reply)]).toMatchObject([
        200,
        {
          message: expect.stringMatching(/stream .*state is lost; the request may have been/),
          data: { reason: 'lost', maybeApplied: true },
        },
      ]);
    }
    expect(performance.now() - from).toBeLessThan(1_000);
    expect((await client.call()).status).toBe(404);
    expect([upstream.of('tools/call').length, upstream.of('initialize').length]).toEqual([2, 1]);
    upstream.tool = ({ reply, count }) => reply({ content: [{ type: 'text', text: `${count}` }] });
    expect(textOf(await (await open()).call())).toBe('1');
  });

  it('is told when nothing was under way, too', async () => {
    await start();
    const client = await open();
    upstream.cutStreams();
    await until('the loss', async () => (await client.call()).status === 404);
    expect(upstream.of('initialize')).toHaveLength(1);
  });

  it('costs a client of several upstreams one error, which names it', async () => {
    await using other = await FakeUpstream.start('other');
    await start({}, { name: 'other', url: other.url });
    const client = await open();
    await Promise.all([client.call('old__add'), client.call('other__add')]);
    const held = hold();
    const pending = client.call('old__add');
    await until('the call', () => held.length === 1);
    upstream.cutStreams();
    expect(errorOf(await pending).data).toMatchObject({ upstream: 'old', reason: 'lost' });
    upstream.tool = ({ reply, count }) => reply({ content: [{ type: 'text', text: `${count}` }] });
    expect(textOf(await client.call('old__add'))).toBe('1');
    expect(textOf(await client.call('other__add'))).toBe('other 2');
    upstream.cutStreams();
    await until('the loss', async () => reasonOf(await client.call('old__add')) === 'lost');
    expect(textOf(await client.call('old__add'))).toBe('1');
  });
});

describe('a POST', () => {
  it('that is answered 404 says that the session is lost, and was not carried out', async () => {
    await start();
    const client = await open();
    upstream.status = () => 404;
    expect((await client.call()).status).toBe(404);
    await until('the stream to end', () => upstream.streams.size === 0);
  });

  it('that is refused fails its call alone', async () => {
    await start();
    const client = await open();
    upstream.status = ({ id }) => (id === 'bad' ? 500 : 202);
    const bad = await client.start('POST', client.callBody('bad')).reply;
    expect([reasonOf(bad), errorOf(bad).data['maybeApplied']]).toEqual(['refused', true]);
    expect(textOf(await client.call())).toBe('sse 1');
  });

  it('need not be answered before the answer is there', async () => {
    await start();
    const client = await open();
    upstream.status = () => 0;
    expect(textOf(await client.call())).toBe('sse 1');
  });
});

describe('a call that nobody waits for', () => {
  it('is cancelled once, under its id, and its late answer goes nowhere', async () => {
    await start();
    const client = await open();
    const held = hold();
    const pending = client.start('POST', client.callBody('slow'));
    await until('the call', () => held.length === 1);
    await client.cancel('slow');
    expect((await pending.reply).messages).toEqual([]);
    await until('the cancel', () => upstream.of('notifications/cancelled').length === 1);
    const again = await client.start('POST', client.callBody('slow')).reply;
    expect(errorOf(again).data).toMatchObject({ reason: 'invalid', maybeApplied: false });
    held[0]?.reply({ content: [{ type: 'text', text: 'late' }] });
    upstream.tool = ({ reply }) => reply({ content: [{ type: 'text', text: 'new' }] });
    expect(textOf(await client.call())).toBe('new');
    const cancels = upstream.of('notifications/cancelled').map(({ body }) => body['params']);
    expect(cancels).toEqual([{ requestId: 'slow' }]);
  });

  it('is cancelled when its time is over', async () => {
    await start({ requestTimeoutMs: 300 });
    const client = await open();
    hold();
    expect(reasonOf(await client.start('POST', client.callBody(5)).reply)).toBe('timeout');
    await until('the cancel', () => upstream.of('notifications/cancelled').length === 1);
    expect(upstream.of('notifications/cancelled')[0]?.body['params']).toMatchObject({
      requestId: 5,
    });
  });
});

describe('what the upstream says besides answers', () => {
  const log = { method: 'notifications/message', params: { level: 'info', data: 'x' } };

  it('belongs to the one call under way, or to the stream of the client', async () => {
    await start();
    const client = await open();
    const stream = await client.stream();
    const held = hold();
    const one = client.call();
    await until('the call', () => held.length === 1);
    held[0]?.say(log);
    held[0]?.reply({});
    expect((await one).messages.map(({ method }) => method)).toEqual([log.method, undefined]);
    held[0]?.say(log);
    await until('the message', () => stream.messages.length === 1);
    const two = [client.call(), client.call()];
    await until('the calls', () => held.length === 3);
    held[1]?.say(log);
    await until('the message', () => stream.messages.length === 2);
    for (const call of held) call.reply({});
    for (const reply of await Promise.all(two)) expect(reply.messages).toHaveLength(1);
  });

  it('goes by its token when it is progress', async () => {
    await start();
    const client = await open();
    const held = hold();
    const tokens = [1, '1'];
    const calls = tokens.map((progressToken, id) =>
      client.send({ id, method: 'tools/call', params: { name: 'x', _meta: { progressToken } } }),
    );
    await until('the calls', () => held.length === 2);
    for (const progressToken of tokens) {
      held[0]?.say({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    }
    for (const call of held) call.reply({});
    const replies = await Promise.all(calls);
    expect(replies.map(({ messages }) => messages.map(({ params }) => params))).toMatchObject(
      tokens.map((progressToken) => [{ progressToken }, undefined]),
    );
  });

  it('gets an answer even if there is nobody to ask', async () => {
    await start();
    const client = await open();
    const held = hold();
    const pending = client.call();
    await until('the call', () => held.length === 1);
    held[0]?.reply({});
    await pending;
    held[0]?.say({ id: 'r', method: 'roots/list' });
    held[0]?.say({ id: 'p', method: 'ping' });
    const answers = () => upstream.posted.filter(({ method }) => method === undefined);
    await until('both answers', () => answers().length === 2);
    expect(answers().map(({ body }) => body)).toMatchObject([
      { id: 'r', error: { code: -32603 } },
      { id: 'p', result: {} },
    ]);
  });
});

describe('the end', () => {
  it('of a session, of its configuration and of the gateway ends its stream', async () => {
    await start({ admin: { token: 'root' } });
    const [one, two] = [await open(), await open()];
    await one.start('DELETE').reply;
    await until('the stream to end', () => upstream.streams.size === 1);
    const change = (body: object): Promise<Response> =>
      fetch(`${gateway.admin}/upstreams/old`, {
        method: 'PATCH',
        headers: { authorization: 'Bearer root' },
        body: JSON.stringify(body),
      });
    await change({ description: 'a note' });
    expect(textOf(await two.call())).toBe('sse 1');
    await change({ headers: { 'x-a': '1' } });
    await until('the stream to end', () => upstream.streams.size === 0);
    expect((await two.call()).status).toBe(404);
    await open();
    expect(upstream.streams.size).toBe(1);
    expect((await gateway.end()).code).toBe(0);
    await until('the stream to end', () => upstream.streams.size === 0);
  });

  it('comes to an idle session that does not answer a probe', async () => {
    await start({ idleProbeAfterMs: 1, probeTimeoutMs: 100 });
    const client = await open();
    await until('a probe', async () => {
      await client.call();
      return upstream.of('ping').length > 0;
    });
    upstream.silentOn.add('ping');
    await until('the loss', async () => (await client.call()).status === 404);
    await until('the stream to end', () => upstream.streams.size === 0);
  });
});
