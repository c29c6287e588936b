import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient } from '../testing/wire-client.ts';

let upstream: FakeUpstream;
let gateway: GatewayProcess;
const usual = async (): Promise<WireClient> => new WireClient(gateway.url).open();
/** Gives up on a request after 600 ms. */
const impatient = (): Promise<GatewayProcess> =>
  GatewayProcess.start('--upstream', `one=${upstream.url}`, '--request-timeout-ms', '600');
const sse = (call: ToolCall): void => {
  call.response.writeHead(200, { 'content-type': 'text/event-stream' });
};
const event = (message: unknown): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;
const resultOf = (call: ToolCall, text: string): unknown => ({
  jsonrpc: '2.0',
  id: call.received.id,
  result: { content: [{ type: 'text', text }] },
});

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await GatewayProcess.start('--upstream', `one=${upstream.url}`);
});

const defaultTool = (call: ToolCall): void =>
  call.reply({ content: [{ type: 'text', text: `fake ${call.count}` }] });

afterEach(() => {
  upstream.tool = defaultTool;
  upstream.received.length = 0;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

describe('one upstream session for each client session', () => {
  it('initializes once however many calls there are, and keeps state between them', async () => {
    const client = await usual();
    const texts = [];
    for (let n = 0; n < 3; n += 1) texts.push(textOf(await client.call()));
    expect(texts).toEqual(['fake 1', 'fake 2', 'fake 3']);
    expect(upstream.of('initialize')).toHaveLength(1);
    expect(new Set(upstream.of('tools/call').map(({ session }) => session)).size).toBe(1);
  });

  it("keeps two sessions' state apart", async () => {
    const [a, b] = [await usual(), await usual()];
    await a.call();
    expect([textOf(await a.call()), textOf(await b.call())]).toEqual(['fake 2', 'fake 1']);
    // Of 122 random bits.
    const unguessable = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    for (const { id } of [a, b]) expect(id).toMatch(unguessable);
  });

  it('passes initialize through, with its own session id and the negotiated version', async () => {
    const client = new WireClient(gateway.url);
    const reply = await client.initialize({ sampling: {} });
    expect(reply.messages[0]).toMatchObject({ result: { serverInfo: { name: 'fake' } } });
    const [sent] = upstream.of('initialize');
    expect(sent?.body).toMatchObject({ params: { capabilities: { sampling: {} } } });
    await client.call();
    const [called] = upstream.of('tools/call');
    expect(called?.session).not.toBe(client.id);
    expect(called?.headers['mcp-protocol-version']).toBe('2025-11-25');
  });

  it('keeps the upstream’s id of the handshake, whatever later answers name', async () => {
    const client = await usual();
    upstream.tool = ({ response, received: { id } }) => {
      response.setHeader('mcp-session-id', 'another');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    };
    for (let n = 0; n < 3; n += 1) expect((await client.call()).status).toBe(200);
    const [session, ...others] = new Set(upstream.of('tools/call').map((call) => call.session));
    expect([session, others]).toEqual([upstream.of('notifications/initialized')[0]?.session, []]);
    expect(session).not.toBe('another');
  });

  it('opens no session when the upstream refuses to initialize', async () => {
    upstream.intercept = ({ method, id }, response) => {
      if (method !== 'initialize') return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'no' } }));
      return true;
    };
    const client = new WireClient(gateway.url);
    const reply = await client.initialize();
    upstream.intercept = () => false;
    expect([reply.status, textOf(reply), client.id]).toEqual([200, 'no', undefined]);
  });
});

describe('bytes', () => {
  it('arrive as they were sent, large integers, spacing and order among them', async () => {
    const client = await usual();
    const big = '9007199254740993';
    const body = `{ "jsonrpc":"2.0", "params":{"arguments":{"b":${big},"a":"\\u00e9"},"name":"add"},\n"method":"tools/call","id":${big}}`;
    upstream.tool = ({ json }) =>
      json(200, `{"jsonrpc":"2.0","id":${big},"result":{"n":${big}.0,"x":"ü"}}`);
    const reply = await client.start('POST', body).reply;
    expect(upstream.of('tools/call')[0]?.raw).toBe(body);
    expect(reply.text).toBe(`{"jsonrpc":"2.0","id":${big},"result":{"n":${big}.0,"x":"ü"}}`);
  });

  it('keep ids apart that a double cannot tell apart', async () => {
    const client = await usual();
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const ids = ['9007199254740992', '9007199254740993', '"1"', '1'];
    const replies = ids.map((id) => {
      const body = client.callBody(1).replace('"id":1', `"id":${id}`);
      return client.start('POST', body).reply;
    });
    await until('all four to arrive', () => held.length === 4);
    for (const { reply, received } of held) reply({ content: [{ text: received.raw }] });
    for (const [index, reply] of (await Promise.all(replies)).entries()) {
      expect(reply.text.startsWith(`{"jsonrpc":"2.0","id":${ids[index]},`)).toBe(true);
    }
  });
});

describe('calls side by side', () => {
  it('a stuck call blocks neither its own session nor another', async () => {
    const [a, b] = [await usual(), await usual()];
    let held: ToolCall | undefined;
    upstream.tool = (call) => {
      if (call.received.id === 77) held = call;
      else defaultTool(call);
    };
    const stuck = a.start('POST', a.callBody(77)).reply;
    await until('the stuck call to arrive', () => held !== undefined);
    expect(textOf(await a.call())).toMatch(/^fake/);
    expect(textOf(await b.call())).toMatch(/^fake/);
    held?.reply({ content: [{ type: 'text', text: 'free' }] });
    expect(textOf(await stuck)).toBe('free');
  });

  it('answers reach the session they belong to, whatever their order and ids', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, usual));
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const replies = clients.map((client, n) => {
      const body = client.callBody(5, 'add', { tag: `tag ${n}` });
      return client.start('POST', body).reply;
    });
    await until('twenty calls', () => held.length === 20);
    for (const { received, reply } of held.toReversed()) {
      reply({ content: [{ text: JSON.parse(received.raw).params.arguments.tag }] });
    }
    const texts = (await Promise.all(replies)).map(textOf);
    expect(texts).toEqual(clients.map((_client, n) => `tag ${n}`));
  });

  it('refuses an id that is still in flight, and leaves the first call alone', async () => {
    const client = await usual();
    let first: ToolCall | undefined;
    upstream.tool = (call) => (first = call);
    const pending = client.start('POST', client.callBody(9)).reply;
    await until('the first to arrive', () => first !== undefined);
    const second = await client.start('POST', client.callBody(9)).reply;
    expect([second.status, reasonOf(second)]).toEqual([400, undefined]);
    first?.reply({ content: [{ text: 'mine' }] });
    expect(textOf(await pending)).toBe('mine');
    expect(upstream.of('tools/call')).toHaveLength(1);
  });
});

describe('event streams', () => {
  it('pass on what precedes the answer at once, and end with the answer', async () => {
    const client = await usual();
    const note = { jsonrpc: '2.0', method: 'notifications/message', params: { data: 1 } };
    let go: () => void = () => {};
    upstream.tool = (call) => {
      sse(call);
      call.response.write(`id: 7\n\n: note\n\n${event(note)}`);
      go = () => call.response.end(event(resultOf(call, 'done')));
    };
    const { reply } = client.start('POST', client.callBody(1));
    await until('the call to arrive', () => upstream.of('tools/call').length === 1);
    go();
    const { headers, messages } = await reply;
    expect(headers['content-type']).toBe('text/event-stream');
    expect(messages).toMatchObject([note, { id: 1, result: {} }]);
  });

  it('become JSON when the answer is all there is', async () => {
    const client = await usual();
    upstream.tool = (call) => {
      sse(call);
      // The upstream never ends its stream: the call is over all the same.
      call.response.write(event(resultOf(call, 'alone')));
    };
    const reply = await client.call();
    expect(reply.headers['content-type']).toBe('application/json');
    expect(textOf(reply)).toBe('alone');
  });

  it('carry a request of the upstream, and its answer goes back', async () => {
    const client = await usual();
    const asked = { jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage', params: {} };
    upstream.tool = (call) => {
      sse(call);
      call.response.write(event(asked));
      void until('the answer', () => upstream.received.some(({ id }) => id === 'q')).then(() =>
        call.response.end(event(resultOf(call, 'thanks'))),
      );
    };
    const pending = client.start('POST', client.callBody(1)).reply;
    await until('the call to arrive', () => upstream.of('tools/call').length === 1);
    expect((await client.send({ id: 'q', result: { text: 'hello' } })).status).toBe(202);
    expect((await pending).messages).toMatchObject([asked, { id: 1 }]);
  });
});

describe('cancellation', () => {
  it('reaches the upstream once, under its id, and ends the call and nothing else', async () => {
    const [client, bystander] = [await usual(), await usual()];
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const pending = client.start('POST', client.callBody('c')).reply;
    const sibling = client.start('POST', client.callBody('s')).reply;
    const other = bystander.start('POST', bystander.callBody('c')).reply;
    await until('three calls', () => held.length === 3);
    expect((await client.cancel('c')).status).toBe(202);
    expect((await client.cancel('c')).status).toBe(202);
    expect((await client.cancel('never')).status).toBe(202);
    const reply = await pending;
    expect([reply.status, reply.messages]).toEqual([200, []]);
    await until('the cancel', () => upstream.of('notifications/cancelled').length > 0);
    for (const call of held) call.reply({ content: [{ text: 'alive' }] });
    expect([textOf(await sibling), textOf(await other)]).toEqual(['alive', 'alive']);
    const cancels = upstream.of('notifications/cancelled');
    expect(cancels.map(({ body }) => body['params'])).toEqual([{ requestId: 'c' }]);
    const call = held.find(({ received }) => received.id === 'c');
    expect(cancels[0]?.session).toBe(call?.received.session);
    upstream.tool = defaultTool;
    expect(textOf(await client.call())).toMatch(/^fake/);
  });

  it('is not what a disconnect is', async () => {
    const client = await usual();
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const { abort, reply } = client.start('POST', client.callBody(1));
    const sibling = client.start('POST', client.callBody(2)).reply;
    await until('both to arrive', () => held.length === 2);
    abort();
    await expect(reply).rejects.toThrow('socket hang up');
    for (const call of held) call.reply({ content: [{ text: 'alive' }] });
    expect(textOf(await sibling)).toBe('alive');
    upstream.tool = defaultTool;
    expect(textOf(await client.call())).toBe('fake 3');
    expect(upstream.of('notifications/cancelled')).toEqual([]);
  });

  it('that meets the answer on its way leaves one outcome, and is told upstream only where it won', async () => {
    const client = await usual();
    const held: ToolCall[] = [];
    upstream.tool = (call) => held.push(call);
    const ids = Array.from({ length: 40 }, (_, n) => `race ${n}`);
    const replies = ids.map((id) => client.start('POST', client.callBody(id)).reply);
    await until('all calls', () => held.length === ids.length);
    const cancels = ids.map((id) => client.cancel(id));
    for (const call of held) call.reply({ content: [{ text: 'done' }] });
    expect(new Set((await Promise.all(cancels)).map(({ status }) => status))).toEqual(
      new Set([202]),
    );
    const answered = (await Promise.all(replies)).map(({ messages }) => messages.length);
    expect(answered.every((count) => count <= 1)).toBe(true);
    const cancelled = ids.filter((_id, at) => answered[at] === 0).toSorted();
    const told = (): string[] =>
      upstream.of('notifications/cancelled').map(({ body }) => {
        return (body['params'] as { requestId: string }).requestId;
      });
    await until('the cancels', () => told().length >= cancelled.length);
    expect(told().toSorted()).toEqual(cancelled);
    upstream.tool = defaultTool;
    expect(textOf(await client.call())).toMatch(/^fake/);
  });

  it('comes at the request timeout also to a call that makes progress', async () => {
    await using hasty = await impatient();
    const client = await new WireClient(hasty.url).open();
    const ticking = Promise.withResolvers<NodeJS.Timeout>();
    upstream.tool = (call) => {
      sse(call);
      const params = { progressToken: 1, progress: 0 };
      const tick = (): void => {
        params.progress += 1;
        call.response.write(event({ jsonrpc: '2.0', method: 'notifications/progress', params }));
      };
      ticking.resolve(setInterval(tick, 20));
    };
    const from = performance.now();
    const params = { name: 'add', _meta: { progressToken: 1 } };
    const reply = await client.send({ id: 'busy', method: 'tools/call', params });
    clearInterval(await ticking.promise);
    expect(performance.now() - from).toBeLessThan(2_000);
    expect([reasonOf(reply), reply.messages.length > 1]).toEqual(['timeout', true]);
    await until('the cancel', () => upstream.of('notifications/cancelled').length === 1);
  });

  it('is what the upstream gets when a request times out', async () => {
    await using hasty = await impatient();
    const client = await new WireClient(hasty.url).open();
    upstream.tool = () => {};
    const reply = await client.start('POST', client.callBody('late')).reply;
    expect(reasonOf(reply)).toBe('timeout');
    await until('the cancel', () => upstream.of('notifications/cancelled').length > 0);
    const [cancel] = upstream.of('notifications/cancelled');
    expect(cancel?.body['params']).toMatchObject({ requestId: 'late' });
  });
});
