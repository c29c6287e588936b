import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient } from '../testing/wire-client.ts';

let upstream: FakeUpstream;
let gateway: GatewayProcess;
const usual = async (): Promise<WireClient> => new WireClient(gateway.url).open();
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
  gateway = await GatewayProcess.start(
    '--upstream',
    `one=${upstream.url}`,
    '--request-timeout-ms',
    '1500',
  );
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

describe('failures', () => {
  const broken: readonly [string, string, (call: ToolCall) => void][] = [
    ['reset before the answer', 'broken', ({ request }) => request.socket.resetAndDestroy()],
    ['closed before the answer', 'broken', ({ request }) => request.socket.end()],
    [
      'cut in the middle of JSON with a length',
      'broken',
      ({ response, request }) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
        response.write('{"jsonrpc":"2.0",', () => request.socket.destroy());
      },
    ],
    [
      'cut in the middle of an event stream',
      'broken',
      (call) => {
        sse(call);
        call.response.write('event: message\ndata: {"json', () => call.request.socket.destroy());
      },
    ],
    [
      'an event stream that ends without the answer',
      'broken',
      (call) => {
        sse(call);
        call.response.end(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }));
      },
    ],
    ['truncated JSON, well framed', 'invalid', ({ json }) => json(200, '{"jsonrpc":"2.0","id":1')],
    [
      'JSON with something behind it',
      'invalid',
      (call) => call.json(200, `${JSON.stringify(resultOf(call, ''))} x`),
    ],
    ['another id', 'invalid', ({ json }) => json(200, '{"jsonrpc":"2.0","id":999,"result":{}}')],
    [
      'another id in an event stream',
      'invalid',
      (call) => {
        sse(call);
        call.response.write(event({ jsonrpc: '2.0', id: 999, result: {} }));
      },
    ],
    ['HTML', 'invalid', ({ json }) => json(200, '<html></html>', 'text/html')],
    ['nothing', 'invalid', ({ json }) => json(200, '')],
    ['202 to a request', 'invalid', ({ response }) => response.writeHead(202).end()],
    ['HTTP 500', 'refused', ({ json }) => json(500, 'oops', 'text/plain')],
    ['HTTP 302', 'refused', ({ response }) => response.writeHead(302, { location: '/' }).end()],
    ['no answer at all', 'timeout', () => {}],
  ];

  it.each(broken)('%s is one clear error, once, and harms no neighbour', async (_, kind, tool) => {
    const [client, neighbour] = [await usual(), await usual()];
    let isArmed = true;
    upstream.tool = (call) => {
      if (call.received.id !== 500 || !isArmed) return defaultTool(call);
      isArmed = false;
      return tool(call);
    };
    const from = performance.now();
    const pending = client.start('POST', client.callBody(500)).reply;
    expect(textOf(await neighbour.call())).toMatch(/^fake/);
    const reply = await pending;
    expect(performance.now() - from).toBeLessThan(2_000);
    expect([reply.status, reasonOf(reply)]).toEqual([200, kind]);
    expect(reply.messages.at(-1)?.['id']).toBe(500);
    expect(textOf(reply)).toMatch(/^Upstream "one": ./);
    expect(upstream.received.filter(({ id }) => id === 500)).toHaveLength(1);
    expect(textOf(await client.call())).toMatch(/^fake [23]$/);
    expect(textOf(await neighbour.call())).toBe('fake 2');
  });

  it.each([
    ['text/html; charset=utf-8', '<html></html>', 'its answer is text/html and not JSON-RPC'],
    ['application/json', '{"jsonrpc":', 'its answer is cut off or not JSON-RPC'],
    ['application/json', '', 'its answer is empty'],
    ['http://10.0.0.1/', 'x', 'its answer is cut off or not JSON-RPC'],
  ])('tell what %s %s is', async (type, text, detail) => {
    upstream.tool = ({ json }) => json(200, text, type);
    const reply = await (await usual()).call();
    expect(textOf(reply)).toMatch(new RegExp(`^Upstream "one": ${detail}; .*may have been`));
  });

  it('say that a request was not carried out when there was no connection', async () => {
    const gone = await FakeUpstream.start('gone');
    await using other = await GatewayProcess.start('--upstream', `gone=${gone.url}`);
    const client = await new WireClient(other.url).open();
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    const reply = await client.call();
    expect(reasonOf(reply)).toBe('unreachable');
    expect(textOf(reply)).toMatch(/"gone".*refused.*was not carried out$/);
    expect(reply.text).not.toContain(String(port));
  });

  it('say that a request was not carried out when no session could be opened for it', async () => {
    await using other = await FakeUpstream.start('other');
    const flags = [`one=${upstream.url}`, `other=${other.url}`];
    await using both = await GatewayProcess.start(...flags.flatMap((flag) => ['--upstream', flag]));
    const client = await new WireClient(both.url).open();
    other.intercept = (_received, response) => response.socket?.destroy() !== undefined;
    const reply = await client.call('other__add');
    expect(reasonOf(reply)).toBe('broken');
    expect(textOf(reply)).toMatch(/^Upstream "other": the connection ended.*not carried out$/);
  });
});

describe('answers that are none', () => {
  afterEach(() => {
    upstream.intercept = () => false;
  });

  it('are passed over where they announce another, on every request', async () => {
    upstream.intercept = ({ http }, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      if (http === 'DELETE') response.writeHead(500).end();
      return http === 'DELETE';
    };
    const client = await usual();
    expect(textOf(await client.call())).toBe('fake 1');
    const stream = await client.stream();
    await until('the stream upstream', () => upstream.streams.size > 0);
    upstream.say(upstream.of('tools/call')[0]?.session, { method: 'notifications/message' });
    await until('the message', () => stream.messages.length === 1);
    stream.close();
    await client.start('DELETE').reply;
    const refusal = 'it answered HTTP 500 to DELETE';
    await until('the DELETE to be seen to fail', () => gateway.log.includes(refusal));
  });

  it('hold no connection where they never end', async () => {
    const endless = new Set<ServerResponse>();
    upstream.intercept = ({ method }, response) => {
      if (method !== 'notifications/roots/list_changed') return false;
      endless.add(response);
      response.on('close', () => endless.delete(response));
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      return true;
    };
    const client = await usual();
    const changed = { method: 'notifications/roots/list_changed' };
    await Promise.all(Array.from({ length: 5 }, () => client.send(changed)));
    await until('all', () => upstream.of(changed.method).length === 5);
    await until('their end', () => endless.size === 0);
    expect(textOf(await client.call())).toBe('fake 1');
  });
});
