import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient, type Reply } from '../testing/wire-client.ts';

let a: FakeUpstream;
let b: FakeUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  [a, b] = [await FakeUpstream.start('a'), await FakeUpstream.start('b')];
  gateway = await GatewayProcess.start(
    '--upstream',
    `a=${a.url}`,
    '--upstream',
    `b=${b.url}`,
    '--list-timeout-ms',
    '1000',
    '--request-timeout-ms',
    '2000',
  );
});

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

const usual = (): Promise<WireClient> => new WireClient(gateway.url).open();
const namesIn = (reply: Reply): unknown => {
  const result = reply.messages.at(-1)?.['result'] as { tools: { name: string }[] };
  return result.tools.map(({ name }) => name);
};

describe('several upstreams behind one endpoint', () => {
  it('are opened at first need, once, with the client’s own initialize', async () => {
    const client = new WireClient(gateway.url);
    await client.initialize({ elicitation: {} });
    expect([a.received, b.received]).toEqual([[], []]);
    await Promise.all(Array.from({ length: 8 }, () => client.call('a__add')));
    expect(a.of('initialize')).toHaveLength(1);
    expect(a.of('initialize')[0]?.body).toMatchObject({
      params: { capabilities: { elicitation: {} } },
    });
    expect(a.of('notifications/initialized')).toHaveLength(1);
    expect(b.received).toEqual([]);
  });

  it('have the same capabilities together, whatever each has, and are asked for their own', async () => {
    const client = new WireClient(gateway.url);
    const { messages } = await client.initialize();
    const [{ result }] = messages as [{ result: Record<string, unknown> }];
    expect(result['capabilities']).toEqual({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      logging: {},
      completions: {},
    });
    // Neither has prompts.
    const listed = await client.send({ id: 'p', method: 'prompts/list' });
    expect(listed.messages.at(-1)).toMatchObject({ result: { prompts: [] } });
    expect([a, b].flatMap((one) => one.of('prompts/list'))).toEqual([]);
  });

  it('keep a state each, and a prefix routes', async () => {
    const client = await usual();
    await client.call('a__add');
    await client.call('a__add');
    expect(textOf(await client.call('b__add'))).toBe('b 1');
    expect(textOf(await client.call('a__add'))).toBe('a 3');
    const reply = await client.call('nobody__add');
    expect(reply.messages[0]?.['error']).toMatchObject({ code: -32602 });
  });

  it('change the name’s bytes and no others', async () => {
    const client = await usual();
    const body =
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"x","arguments":{"name":"a__y","n":1.0},"name" : "a__add"}}';
    const { text } = await client.start('POST', body).reply;
    expect(a.of('tools/call')[0]?.raw).toBe(body.replace('"name" : "a__add"', '"name" : "add"'));
    expect(text.startsWith('{"jsonrpc":"2.0","id":9007199254740993,')).toBe(true);
  });

  it('merge their lists, all pages, byte for byte', async () => {
    const schema = '{"type":"object","x":9007199254740993}';
    b.intercept = ({ method, id, body }, response) => {
      if (method !== 'tools/list') return false;
      const { cursor } = (body['params'] ?? {}) as { cursor?: string };
      const name = cursor === undefined ? 'first' : 'se\\"cond';
      const next = cursor === undefined ? ',"nextCursor":"2"' : '';
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"tools":[{"inputSchema":${schema},"name":"${name}"}]${next}}}`,
      );
      return true;
    };
    const reply = await (await usual()).send({ id: 1, method: 'tools/list' });
    expect(namesIn(reply)).toEqual(['a__add', 'b__first', 'b__se"cond']);
    expect(reply.text).toContain(schema);
  });

  it('name the one that is slow in the merged list, and bound it', async () => {
    b.intercept = ({ method }) => method === 'tools/list';
    const from = performance.now();
    const reply = await (await usual()).send({ id: 1, method: 'tools/list' });
    expect(performance.now() - from).toBeLessThan(1_500);
    expect(namesIn(reply)).toEqual(['a__add']);
    expect(reply.messages).toMatchObject([
      { method: 'notifications/message', params: { level: 'warning', data: { upstream: 'b' } } },
      { result: { _meta: { 'mcp-gauntlet/unavailable': [{ upstream: 'b' }] } } },
    ]);
    await until('the cancel', () => b.of('notifications/cancelled').length === 1);
    expect(b.of('notifications/cancelled')[0]?.body['params']).toMatchObject({
      requestId: b.of('tools/list')[0]?.id,
    });
  });

  it('tell that a list has changed when one that was left out of it is there at last', async () => {
    let open = (): void => {};
    b.intercept = ({ method, id }, response) => {
      if (method !== 'initialize') return false;
      open = () => {
        b.sessions.set('late', 0);
        const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} } };
        response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'late' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      };
      return true;
    };
    const client = await usual();
    const stream = await client.stream();
    const listed = await client.send({ id: 1, method: 'tools/list' });
    expect(namesIn(listed)).toEqual(['a__add']);
    open();
    await until('the news', () => stream.messages.length > 0);
    expect(stream.messages).toMatchObject([{ method: 'notifications/tools/list_changed' }]);
    expect(namesIn(await client.send({ id: 2, method: 'tools/list' }))).toEqual([
      'a__add',
      'b__add',
    ]);
    stream.close();
  });

  it('never pass a failure of all for an empty list', async () => {
    a.intercept = b.intercept = (_received, response) => {
      response.writeHead(500).end();
      return true;
    };
    const reply = await (await usual()).send({ id: 1, method: 'tools/list' });
    expect(textOf(reply)).toMatch(/"a"/);
  });

  it('say at the call which of them is dead, and the other serves on', async () => {
    const gone = await FakeUpstream.start('b');
    await using other = await GatewayProcess.start(
      '--upstream',
      `a=${a.url}`,
      '--upstream',
      `b=${gone.url}`,
    );
    const there = await new WireClient(other.url).open();
    expect(textOf(await there.call('b__add'))).toBe('b 1');
    await gone[Symbol.asyncDispose]();
    const dead = await there.call('b__add');
    expect([dead.status, reasonOf(dead)]).toEqual([200, 'unreachable']);
    expect(textOf(dead)).toMatch(/^Upstream "b": .*was not carried out$/);
    expect(textOf(await there.call('a__add'))).toBe('a 1');
  });

  it('tell the loss of one by one error, and the other never notices', async () => {
    const client = await usual();
    await client.call('a__add');
    await client.call('b__add');
    a.forget();
    const lost = await client.call('a__add');
    expect([lost.status, reasonOf(lost)]).toEqual([200, 'lost']);
    expect(textOf(lost)).toMatch(/"a".*state is lost/);
    expect(textOf(await client.call('a__add'))).toBe('a 1');
    expect(textOf(await client.call('b__add'))).toBe('b 2');
    expect(a.of('initialize')).toHaveLength(2);
  });

  it('send their own requests under ids of the gateway, and get their answers back', async () => {
    const client = await usual();
    const ask = (call: ToolCall, one: FakeUpstream): void => {
      const asked = { jsonrpc: '2.0', id: 1, method: 'roots/list' };
      call.response.writeHead(200, { 'content-type': 'text/event-stream' });
      call.response.write(`data: ${JSON.stringify(asked)}\n\n`);
      const isAnswer = ({ body }: { body: object }): boolean => 'result' in body;
      void until('the response', () => one.received.some(isAnswer)).then(() => {
        const body = one.received.find(isAnswer)?.body;
        const result = { content: [{ text: JSON.stringify(body) }] };
        const answer = { jsonrpc: '2.0', id: call.received.id, result };
        call.response.end(`data: ${JSON.stringify(answer)}\n\n`);
      });
    };
    for (const one of [a, b]) one.tool = (call) => ask(call, one);
    const stream = ['a', 'b'].map((name) => client.call(`${name}__add`));
    await until('both calls', () => a.of('tools/call').length + b.of('tools/call').length === 2);
    for (const [n, name] of ['b', 'a'].entries()) {
      // Ids are counted within the session; which one asked first is the upstreams' affair.
      for (const id of [`${name}:1`, `${name}:2`]) {
        await client.send({ id, result: { roots: [name, n] } });
      }
    }
    const [fromA, fromB] = (await Promise.all(stream)).map(textOf);
    expect(JSON.parse(fromA ?? '')).toEqual({ jsonrpc: '2.0', id: 1, result: { roots: ['a', 1] } });
    expect(JSON.parse(fromB ?? '')).toEqual({ jsonrpc: '2.0', id: 1, result: { roots: ['b', 0] } });
  });

  it('are each to be had alone, with untouched names', async () => {
    const alone = new WireClient(gateway.url.replace('/mcp', '/servers/b/mcp'));
    const reply = await alone.initialize();
    expect(reply.messages[0]).toMatchObject({ result: { serverInfo: { name: 'b' } } });
    expect(namesIn(await alone.send({ id: 5, method: 'tools/list' }))).toEqual(['add']);
    expect(textOf(await alone.call('add'))).toBe('b 1');
  });

  it('end with the client’s session, all of them', async () => {
    const client = await usual();
    await Promise.all([client.call('a__add'), client.call('b__add')]);
    await client.start('DELETE').reply;
    await until('both DELETEs', () => a.deletes().length + b.deletes().length === 2);
  });
});
