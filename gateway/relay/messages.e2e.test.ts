import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { finish, progressOf, tell, tokenSeen } from '../testing/held-call.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient, type Pending } from '../testing/wire-client.ts';

type Json = Record<string, unknown>;

let a: FakeUpstream;
let b: FakeUpstream;
let gateway: GatewayProcess;
let held: ToolCall[] = [];

beforeAll(async () => {
  [a, b] = [await FakeUpstream.start('a'), await FakeUpstream.start('b')];
  const upstreams = ['--upstream', `a=${a.url}`, '--upstream', `b=${b.url}`];
  gateway = await GatewayProcess.start(...upstreams);
});

afterEach(() => {
  held = [];
  for (const one of [a, b]) {
    one.received.length = 0;
    one.streams.clear();
    one.tool = ({ reply, count }) => reply({ content: [{ text: `${one.name} ${count}` }] });
  }
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
});

const ofMethod = (messages: readonly Json[], method: string): readonly unknown[] =>
  messages.filter((message) => message['method'] === method).map((message) => message['params']);
const isResponse = ({ body }: { body: Json }): boolean => 'result' in body || 'error' in body;

describe.each([
  ['one upstream', '/servers/a/mcp', 'add'],
  ['several upstreams', '/mcp', 'a__add'],
])('with %s', (_, path, tool) => {
  let last = 100;
  const open = (): Promise<WireClient> => new WireClient(gateway.url.replace('/mcp', path)).open();

  /** Starts a call and waits until the upstream holds it. */
  async function begin(
    client: WireClient,
    meta: Json = {},
  ): Promise<{ pending: Pending; call: ToolCall; id: number }> {
    const id = (last += 1);
    a.tool = (call) => held.push(call);
    const params = { name: tool, arguments: {}, _meta: meta };
    const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
    const pending = client.start('POST', body);
    const find = (): ToolCall | undefined => held.find(({ received }) => received.id === id);
    await until('the call', () => find() !== undefined);
    return { pending, call: find() as ToolCall, id };
  }

  it('progress goes to the call whose token it carries, also where clients chose the same', async () => {
    const [mine, theirs] = [await open(), await open()];
    const calls = [];
    for (const client of [mine, mine, theirs]) {
      calls.push(await begin(client, { progressToken: 'p', x: 1 }));
    }
    const [first, second] = calls;
    if (first === undefined || second === undefined) throw new Error('no calls');
    expect([tokenSeen(first.call), tokenSeen(second.call) === 'p']).toEqual(['p', false]);
    for (const [n, { call }] of calls.entries()) tell(call, progressOf(call, n));
    // Progress of the second call on the stream of the first: it goes to the second.
    tell(first.call, progressOf(second.call, 7));
    for (const { call } of calls) finish(call);
    const replies = await Promise.all(calls.map(({ pending }) => pending.reply));
    const seen = replies.map(({ messages }) => ofMethod(messages, 'notifications/progress'));
    const told = (progress: number): Json => ({ progressToken: 'p', progress });
    expect(seen.map((list) => list.length).slice(2)).toEqual([1]);
    expect(seen[0]).toEqual([told(0)]);
    expect(seen[1]).toContainEqual(told(1));
    expect(seen[2]).toEqual([told(2)]);
  });

  it('tokens arrive as they were chosen, digit for digit', async () => {
    const client = await open();
    for (const token of ['0', '""', '"1"', '1', '9007199254740993', '"\u00e9\u{1f600}"']) {
      a.tool = (call) => held.push(call);
      const id = (last += 1);
      const params = `{"name":"${tool}","_meta":{"progressToken":${token}}}`;
      const body = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;
      const { reply } = client.start('POST', body);
      await until('the call', () => held.length > 0);
      const call = held.pop() as ToolCall;
      expect(call.received.raw).toContain(`"progressToken":${token}}`);
      call.response.writeHead(200, { 'content-type': 'text/event-stream' });
      const told = `{"progressToken":${token},"progress":1}`;
      const note = `{"jsonrpc":"2.0","method":"notifications/progress","params":${told}}`;
      call.response.write(`data: ${note}\n\n`);
      finish(call);
      expect((await reply).text).toContain(`data: ${note}\n`);
    }
  });

  it('progress outside of the call’s stream finds it, and none comes after its answer', async () => {
    const client = await open();
    const { call, pending } = await begin(client, { progressToken: 5 });
    const { session } = call.received;
    const stream = await client.stream();
    await until('the stream upstream', () => a.streams.has(session ?? ''));
    a.say(session, progressOf(call, 1));
    a.say(session, { method: 'notifications/progress', params: { progressToken: 'x' } });
    a.say(session, { method: 'notifications/tools/list_changed' });
    await until('the note', () => stream.messages.length > 0);
    finish(call);
    const { messages } = await pending.reply;
    expect(messages).toMatchObject([{ params: { progressToken: 5, progress: 1 } }, { result: {} }]);
    a.say(session, progressOf(call, 2));
    a.say(session, { method: 'notifications/prompts/list_changed' });
    await until('the other note', () => stream.messages.length > 1);
    expect(stream.messages.map(({ method }) => method)).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
    ]);
  });

  it('log messages stay on the stream of their call', async () => {
    const [mine, theirs] = [await open(), await open()];
    const calls = [await begin(mine), await begin(mine), await begin(theirs)];
    for (const [data, { call }] of calls.entries()) {
      tell(call, { method: 'notifications/message', params: { level: 'info', data } });
      finish(call);
    }
    const replies = await Promise.all(calls.map(({ pending }) => pending.reply));
    const seen = replies.map(({ messages }) => ofMethod(messages, 'notifications/message'));
    expect(seen).toEqual([0, 1, 2].map((data) => [{ level: 'info', data }]));
  });

  it.each(['sampling/createMessage', 'elicitation/create', 'roots/list'])(
    '%s reaches the one session, and only its response goes back',
    async (method) => {
      const [mine, theirs] = [await open(), await open()];
      const [ours, other] = [await begin(mine), await begin(theirs)];
      for (const id of [0, '', '1', 1]) tell(ours.call, { id, method, params: { text: id } });
      const stream = await mine.stream();
      await until('the stream upstream', () => a.streams.size === 1);
      a.say(ours.call.received.session, { id: 'g', method, params: { text: 'g' } });
      await until('the request on the GET stream', () => stream.messages.length === 1);
      finish(ours.call);
      const { messages } = await ours.pending.reply;
      const asked = [
        ...messages.filter((message) => message['method'] === method),
        ...stream.messages,
      ];
      expect(asked.map(({ params }) => (params as Json)['text'])).toEqual([0, '', '1', 1, 'g']);
      // Whoever knows the ids can't answer in another's session.
      for (const { id } of asked) await theirs.send({ id, result: { stolen: true } });
      for (const { id, params } of asked) await mine.send({ id, result: params });
      // Nor can anything be answered twice.
      for (const { id } of asked) await mine.send({ id, result: { again: true } });
      await until('five responses', () => a.received.filter(isResponse).length === 5);
      finish(other.call);
      expect((await other.pending.reply).messages).toHaveLength(1);
      const answers = a.received.filter(isResponse);
      expect(new Set(answers.map(({ session }) => session))).toEqual(
        new Set([ours.call.received.session]),
      );
      for (const { id, body } of answers) expect(body['result']).toEqual({ text: id });
      expect(answers.map(({ id }) => id)).toEqual([0, '', '1', 1, 'g']);
    },
  );

  it('a request of an upstream that it cancels is cancelled at the client, once, under its id', async () => {
    const client = await open();
    const { call, pending } = await begin(client);
    const stream = await client.stream();
    await until('the stream upstream', () => a.streams.size === 1);
    tell(call, { id: 9, method: 'elicitation/create', params: {} });
    await until('the request at the client', () => pending.text().includes('elicitation/create'));
    // The cancel comes in on another stream than the request; it follows the request all the same.
    const cancel = { method: 'notifications/cancelled', params: { requestId: 9, reason: 'late' } };
    a.say(call.received.session, cancel);
    a.say(call.received.session, cancel);
    a.say(call.received.session, { method: 'notifications/cancelled', params: { requestId: 'x' } });
    a.say(call.received.session, { method: 'notifications/tools/list_changed' });
    await until('the last of them', () => stream.messages.length > 0);
    finish(call);
    const { messages } = await pending.reply;
    const asked = messages.find(({ method }) => method === 'elicitation/create');
    expect(ofMethod(messages, 'notifications/cancelled')).toEqual([
      { requestId: asked?.['id'], reason: 'late' },
    ]);
    expect(ofMethod(stream.messages, 'notifications/cancelled')).toEqual([]);
    await client.send({ id: asked?.['id'], result: {} });
    expect((await client.send({ id: 1, method: 'tools/list' })).status).toBe(200);
    expect(a.received.filter(isResponse)).toEqual([]);
  });

  it('an answered request can’t be cancelled any more', async () => {
    const client = await open();
    const { call, pending } = await begin(client);
    const stream = await client.stream();
    await until('the stream upstream', () => a.streams.size === 1);
    a.say(call.received.session, { id: 3, method: 'roots/list' });
    await until('the request', () => stream.messages.length === 1);
    await client.send({ id: stream.messages[0]?.['id'], result: { roots: [] } });
    await until('the response', () => a.received.some(isResponse));
    a.say(call.received.session, { method: 'notifications/cancelled', params: { requestId: 3 } });
    a.say(call.received.session, { method: 'notifications/tools/list_changed' });
    await until('the note', () => stream.messages.length === 2);
    expect(ofMethod(stream.messages, 'notifications/cancelled')).toEqual([]);
    finish(call);
    await pending.reply;
  });

  it('a client’s progress reaches the upstream that asked for it, under its token', async () => {
    const [mine, theirs] = [await open(), await open()];
    const [ours, other] = [await begin(mine), await begin(theirs)];
    const request = { method: 'sampling/createMessage', params: { _meta: { progressToken: 0 } } };
    for (const { call } of [ours, other]) tell(call, { id: 0, ...request });
    finish(ours.call);
    const { messages } = await ours.pending.reply;
    const { id, params } = messages[0] ?? {};
    const { progressToken } = (params as Json)['_meta'] as Json;
    const method = 'notifications/progress';
    await mine.send({ method, params: { progressToken: 'nobody’s', progress: 1 } });
    await mine.send({ method, params: { progressToken, progress: 2 } });
    await until('the progress', () => a.of(method).length === 1);
    await mine.send({ id, result: {} });
    await until('the response', () => a.received.some(isResponse));
    await mine.send({ method, params: { progressToken, progress: 3 } });
    finish(other.call);
    await other.pending.reply;
    expect(a.of(method).map(({ body, session }) => [body['params'], session])).toEqual([
      [{ progressToken: 0, progress: 2 }, ours.call.received.session],
    ]);
  });

  it('a request that no stream can carry is refused at once', async () => {
    const client = await open();
    const { call, pending } = await begin(client);
    pending.abort();
    await expect(pending.reply).rejects.toThrow('socket hang up');
    // What came first is read first: after this the gateway knows that the client left.
    for (let id = 1; id < 4; id += 1) await client.send({ id, method: 'ping' });
    tell(call, { id: 'q', method: 'elicitation/create', params: {} });
    await until('the refusal', () => a.received.some(isResponse));
    const refusal = a.received.find(isResponse);
    expect(refusal?.body).toMatchObject({ id: 'q', error: { code: -32603 } });
    expect(refusal?.session).toBe(call.received.session);
    finish(call);
  });

  it('a request whose stream broke off comes on the GET stream instead', async () => {
    const [mine, theirs] = [await open(), await open()];
    const { call, pending } = await begin(mine);
    const [stream, other] = [await mine.stream(), await theirs.stream()];
    pending.abort();
    await expect(pending.reply).rejects.toThrow('socket hang up');
    for (let n = 0; n < 3; n += 1) await mine.send({ id: `ping ${n}`, method: 'ping' });
    tell(call, { id: 'q', method: 'elicitation/create', params: {} });
    await until('the request', () => stream.messages.length === 1);
    await mine.send({ id: stream.messages[0]?.['id'], result: { action: 'accept' } });
    await until('the response', () => a.received.some(isResponse));
    expect(a.received.find(isResponse)?.body).toMatchObject({ id: 'q', result: {} });
    expect(other.messages).toEqual([]);
    finish(call);
  });

  it('what is said outside of calls reaches the one session', async () => {
    const [mine, theirs] = [await open(), await open()];
    const [ours, other] = [await begin(mine), await begin(theirs)];
    const [stream, another] = [await mine.stream(), await theirs.stream()];
    await until('both streams upstream', () => a.streams.size === 2);
    const news = [
      'tools/list_changed',
      'resources/list_changed',
      'prompts/list_changed',
      'message',
    ];
    for (const name of news) a.say(ours.call.received.session, { method: `notifications/${name}` });
    a.say(ours.call.received.session, {
      method: 'notifications/resources/updated',
      params: { uri: 'x:y' },
    });
    a.say(other.call.received.session, { method: 'notifications/tools/list_changed' });
    await until('all', () => stream.messages.length === 5 && another.messages.length === 1);
    for (const { call, pending } of [ours, other]) {
      finish(call);
      expect((await pending.reply).messages).toHaveLength(1);
    }
    const changed = { method: 'notifications/roots/list_changed' };
    await mine.send(changed);
    await until('roots changed', () => a.of(changed.method).length === 1);
    expect(a.of(changed.method)[0]?.session).toBe(ours.call.received.session);
  });

  it('a GET stream that is dropped cancels nothing', async () => {
    const client = await open();
    const { call, pending } = await begin(client);
    const stream = await client.stream();
    await until('the stream upstream', () => a.streams.size === 1);
    stream.close();
    for (let n = 0; n < 3; n += 1) await client.send({ id: `ping ${n}`, method: 'ping' });
    finish(call, 'alive');
    expect(textOf(await pending.reply)).toBe('alive');
    expect(a.of('notifications/cancelled')).toEqual([]);
  });
});

it('the progress of a task goes on after its call was answered', async () => {
  const client = await new WireClient(gateway.url.replace('/mcp', '/servers/a/mcp')).open();
  const stream = await client.stream();
  a.tool = (call) => {
    held.push(call);
    call.reply({ task: { taskId: 't', status: 'working' } });
  };
  const params = { name: 'add', task: {}, _meta: { progressToken: 't' } };
  await client.send({ id: 1, method: 'tools/call', params });
  const { session } = held[0]?.received ?? {};
  await until('the stream upstream', () => a.streams.has(session ?? ''));
  const progress = { progressToken: 't', progress: 1 };
  a.say(session, { method: 'notifications/progress', params: progress });
  await until('the progress', () => stream.messages.length === 1);
  expect(stream.messages).toMatchObject([{ params: progress }]);
});
