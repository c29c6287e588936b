import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { finish, tell } from '../testing/held-call.ts';
import { until } from '../testing/until.ts';
import { WireClient } from '../testing/wire-client.ts';

type Json = Record<string, unknown>;

let a: FakeUpstream;
let b: FakeUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  [a, b] = [await FakeUpstream.start('a'), await FakeUpstream.start('b')];
  const upstreams = ['--upstream', `a=${a.url}`, '--upstream', `b=${b.url}`];
  gateway = await GatewayProcess.start(...upstreams);
});

afterEach(() => {
  for (const one of [a, b]) {
    one.received.length = 0;
    one.tool = ({ reply, count }) => reply({ content: [{ text: `${one.name} ${count}` }] });
  }
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
});

const isResponse = ({ body }: { body: Json }): boolean => 'result' in body || 'error' in body;

describe('with several upstreams', () => {
  it('equal ids and progress tokens of two upstreams are told apart, both ways', async () => {
    const client = await new WireClient(gateway.url).open();
    const method = 'sampling/createMessage';
    const responses = (one: FakeUpstream): readonly Json[] =>
      one.received.filter(isResponse).map(({ body }) => body);
    for (const one of [a, b]) {
      one.tool = (call) => {
        tell(call, { id: 1, method, params: { from: one.name, _meta: { progressToken: 1 } } });
        void until('the response', () => responses(one).length > 0).then(() => finish(call));
      };
    }
    const stream = await client.stream();
    const replies = ['a', 'b'].map((name) => client.call(`${name}__add`));
    await until('both calls', () => a.of('tools/call').length + b.of('tools/call').length === 2);
    // Ids are counted within the session; which one asked first is the upstreams' affair.
    const ids = ['b:1', 'b:2', 'a:1', 'a:2'];
    for (const id of ids) {
      const params = { progressToken: id, progress: 1, message: id };
      await client.send({ method: 'notifications/progress', params });
    }
    for (const id of ids) await client.send({ id, result: { id } });
    const asked = (await Promise.all(replies)).map(({ messages }) => messages[0]);
    for (const [n, one] of [a, b].entries()) {
      const id = asked[n]?.['id'];
      expect(asked[n]).toMatchObject({ params: { from: one.name, _meta: { progressToken: id } } });
      expect(responses(one)).toEqual([{ jsonrpc: '2.0', id: 1, result: { id } }]);
      await until('its progress', () => one.of('notifications/progress').length === 1);
      const [told] = one.of('notifications/progress');
      expect(told?.body['params']).toEqual({ progressToken: 1, progress: 1, message: id });
    }
    stream.close();
  });

  it('a log level goes to all that log, also to one that is opened later', async () => {
    a.capabilities = b.capabilities = { tools: {}, logging: {} };
    for (const one of [a, b]) one.results['logging/setLevel'] = () => ({});
    const client = await new WireClient(gateway.url).open();
    await client.call('a__add');
    const params = { level: 'debug' };
    const reply = await client.send({ id: 3, method: 'logging/setLevel', params });
    expect(reply.messages).toMatchObject([{ id: 3, result: {} }]);
    expect(a.of('logging/setLevel')[0]?.body['params']).toEqual(params);
    expect(b.received).toEqual([]);
    await client.call('b__add');
    expect(b.received.map(({ method }) => method)).toEqual([
      'initialize',
      'notifications/initialized',
      'logging/setLevel',
      'tools/call',
    ]);
    b.results['logging/setLevel'] = () => undefined;
    const warned = await client.send({ id: 5, method: 'logging/setLevel', params });
    expect(warned.messages).toMatchObject([{ params: { data: { upstream: 'b' } } }, { id: 5 }]);
    const wrong = { level: 'loud' };
    const refused = await client.send({ id: 4, method: 'logging/setLevel', params: wrong });
    expect(refused.messages[0]?.['error']).toMatchObject({ code: -32602 });
    a.capabilities = b.capabilities = { tools: {} };
  });
});
