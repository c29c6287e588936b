import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { WireClient, type Reply } from '../testing/wire-client.ts';

type Json = Record<string, unknown>;

const owned = new AsyncDisposableStack();
let upstream: FakeUpstream;
let gateway: GatewayProcess;
const held: ToolCall[] = [];

beforeAll(async () => {
  upstream = owned.use(await FakeUpstream.start());
  const upstreams = [{ name: 'one', url: upstream.url }];
  const file = owned.use(new ConfigFile({ upstreams, requestTimeoutMs: 2_000 }));
  gateway = owned.use(await GatewayProcess.start('--config', file.path));
});
afterAll(() => owned.disposeAsync());

/** A session of that revision; its tools say their own names, except `hold`, which waits. */
async function open(protocolVersion = '2025-03-26'): Promise<WireClient> {
  held.length = 0;
  upstream.received.length = 0;
  upstream.tool = (call) => {
    const { name } = call.received.body['params'] as { name: string };
    if (name === 'hold') held.push(call);
    else call.reply({ content: [{ type: 'text', text: name }] });
  };
  const client = new WireClient(gateway.url);
  client.protocolVersion = protocolVersion;
  return client.open();
}

const call = (id: unknown, name: string): Json => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name },
});
const note = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' };
const post = (client: WireClient, batch: unknown): Promise<Reply> =>
  client.start('POST', JSON.stringify(batch)).reply;
const codeOf = (reply: Reply): unknown =>
  (reply.messages[0]?.['error'] as Json | undefined)?.['code'];

/** The responses of a JSON answer, by id. */
function byId(reply: Reply): ReadonlyMap<unknown, Json> {
  const responses = JSON.parse(reply.text) as Json[];
  return new Map(responses.map((response) => [response['id'], response]));
}

describe('a batch, in 2025-03-26', () => {
  it('is answered with one array, in which each request has its response', async () => {
    const client = await open();
    const reply = await post(client, [call(1, 'a'), note, call('1', 'b'), call(2, 'c')]);
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json']);
    const responses = byId(reply);
    expect(new Set(responses.keys())).toEqual(new Set([1, '1', 2]));
    expect(responses.get('1')).toMatchObject({ result: { content: [{ text: 'b' }] } });
    await until('the notification', () => upstream.of(note.method).length === 1);
    expect(upstream.received.every(({ raw }) => !raw.startsWith('['))).toBe(true);
  });

  it('is taken with space in front of it', async () => {
    const client = await open();
    const reply = await client.start('POST', ` \r\n\t[${JSON.stringify(call(1, 'a'))} ]`).reply;
    expect(byId(reply).size).toBe(1);
  });

  it('becomes an event stream when something comes before the last response', async () => {
    const client = await open();
    const pending = post(client, [call(1, 'a'), call(2, 'hold')]);
    await until('the call', () => held.length === 1);
    const { response } = held[0] as ToolCall;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const log = {
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'info', data: 1 },
    };
    response.write(`data: ${JSON.stringify(log)}\n\n`);
    response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 2, result: {} })}\n\n`);
    const { messages } = await pending;
    expect(messages.map((one) => one['id'] ?? one['method'])).toEqual([1, log.method, 2]);
  });

  it('with a call that hangs still brings the other answers, and one error in time', async () => {
    const client = await open();
    const responses = byId(await post(client, [call('good', 'a'), call('stuck', 'hold')]));
    expect(responses.get('good')).toMatchObject({ result: {} });
    expect(responses.get('stuck')).toMatchObject({ error: { data: { reason: 'timeout' } } });
  });

  it('leaves out the response to a request that was cancelled', async () => {
    const client = await open();
    const pending = post(client, [call(1, 'hold'), call(2, 'a')]);
    await until('the call', () => held.length === 1);
    await client.cancel(1);
    expect([...byId(await pending).keys()]).toEqual([2]);
  });

  it('of notifications or responses alone is answered 202', async () => {
    const client = await open();
    const reply = await post(client, [note, note]);
    expect([reply.status, reply.text]).toEqual([202, '']);
    const responses = [1, 2].map((id) => ({ jsonrpc: '2.0', id, result: {} }));
    expect((await post(client, responses)).status).toBe(202);
    await until('both', () => upstream.of(note.method).length === 2);
  });

  it('refuses a request whose id is in flight, and carries its neighbours', async () => {
    const client = await open();
    const pending = client.start('POST', JSON.stringify(call(7, 'hold'))).reply;
    await until('the call', () => held.length === 1);
    const responses = byId(await post(client, [call(7, 'a'), call(8, 'b')]));
    expect(responses.get(7)).toMatchObject({ error: { code: -32600 } });
    expect(responses.get(8)).toMatchObject({ result: {} });
    held[0]?.reply({});
    expect((await pending).messages[0]).toMatchObject({ id: 7, result: {} });
  });

  it.each([
    ['of nothing', []],
    ['of too many', Array.from({ length: 101 }, (_one, id) => call(id, 'a'))],
    ['with the same id twice', [call(1, 'a'), call(1, 'b')]],
    ['with initialize in it', [{ ...call(1, 'a'), method: 'initialize' }]],
    ['of requests and responses', [call(1, 'a'), { jsonrpc: '2.0', id: 2, result: {} }]],
    ['with something else in it', [call(1, 'a'), 1]],
    ['in a batch', [[call(1, 'a')]]],
  ])('%s is refused as a whole', async (_what, batch) => {
    const client = await open();
    const reply = await post(client, batch);
    expect([reply.status, codeOf(reply)]).toEqual([400, -32600]);
    expect(upstream.of('tools/call')).toEqual([]);
  });

  it('is refused for the same reasons as a message', async () => {
    const client = await open();
    const text = await client.start('POST', '[{"jsonrpc"').reply;
    expect([text.status, codeOf(text)]).toEqual([400, -32700]);
    const version = { 'mcp-protocol-version': '1999-01-01' };
    const body = JSON.stringify([call(1, 'a')]);
    expect((await client.start('POST', body, version).reply).status).toBe(400);
    client.id = 'none';
    expect((await post(client, [call(1, 'a')])).status).toBe(404);
    client.id = undefined;
    expect((await post(client, [call(1, 'a')])).status).toBe(400);
    expect(upstream.of('tools/call')).toEqual([]);
  });
});

it.each(['2024-11-05', '2025-06-18', '2025-11-25'])(
  'is refused in %s, whatever revision its header names',
  async (revision) => {
    const client = await open(revision);
    for (const named of [undefined, '2025-03-26']) {
      const body = JSON.stringify([call(1, 'a')]);
      const reply = await client.start('POST', body, { 'mcp-protocol-version': named }).reply;
      expect([reply.status, codeOf(reply)]).toEqual([400, -32600]);
    }
    expect(upstream.of('tools/call')).toEqual([]);
  },
);
