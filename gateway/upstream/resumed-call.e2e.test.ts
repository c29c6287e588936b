import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeUpstream, type Received, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient } from '../testing/wire-client.ts';

const RETRY_MS = 60;
let upstream: FakeUpstream;
let gateway: GatewayProcess;
let client: WireClient;

beforeEach(async () => {
  upstream = await FakeUpstream.start();
  gateway = await GatewayProcess.start('--upstream', `one=${upstream.url}`);
  client = await new WireClient(gateway.url).open();
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** Begins the stream of a call with an event that can be gone on from. */
function primed({ response }: ToolCall, id = 'a-1'): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`id: ${id}\nretry: ${RETRY_MS}\ndata:\n\n`);
  return response;
}

/** What a GET with that id is answered. */
function resumed(answer: (received: Received, response: ServerResponse) => void): Received[] {
  const seen: Received[] = [];
  upstream.intercept = (received, response) => {
    if (received.headers['last-event-id'] === undefined) return false;
    seen.push(received);
    answer(received, response);
    return true;
  };
  return seen;
}

function events(response: ServerResponse, ...texts: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const text of texts) response.write(text);
}

const result = (id: unknown, text: string): string =>
  `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })}\n\n`;
const idOfCall = (): unknown => upstream.of('tools/call')[0]?.id;

describe('a call whose stream ends before its answer', () => {
  it.each([
    ['by the upstream, to be asked again later', (response: ServerResponse) => response.end()],
    ['with its connection', (response: ServerResponse) => response.destroy()],
  ])('gets its answer from where the stream goes on, when it ended %s', async (_how, end) => {
    let endedAt = 0;
    let cameAt = 0;
    upstream.tool = (call) => {
      primed(call);
      setImmediate(() => {
        endedAt = performance.now();
        end(call.response);
      });
    };
    const seen = resumed((_received, response) => {
      cameAt = performance.now();
      const progress = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1}}';
      events(response, `id: a-2\ndata: ${progress}\n\n`, result(idOfCall(), 'late'));
    });
    const reply = await client.call();
    expect(textOf(reply)).toBe('late');
    expect(reply.messages).toHaveLength(2);
    expect(upstream.of('tools/call')).toHaveLength(1);
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual(['a-1']);
    expect(seen[0]?.session).toBe(upstream.of('tools/call')[0]?.session);
    expect(cameAt - endedAt).toBeGreaterThanOrEqual(RETRY_MS - 5);
  });

  it('goes on as often as that brings something new', async () => {
    upstream.tool = (call) => void primed(call, '0').end();
    const seen = resumed((received, response) => {
      const next = Number(received.headers['last-event-id']) + 1;
      if (next < 9) events(response, `id: ${next}\nretry: 10\ndata:\n\n`);
      else events(response, result(idOfCall(), 'patience'));
      response.end();
    });
    expect(textOf(await client.call())).toBe('patience');
    expect(seen).toHaveLength(9);
  });

  it('gets one error when that brings nothing', async () => {
    upstream.tool = (call) => void primed(call).end();
    const seen = resumed((_received, response) => {
      events(response, 'retry: 10\n\n');
      response.end();
    });
    const reply = await client.call();
    expect([reasonOf(reply), reply.messages]).toEqual(['broken', [expect.anything()]]);
    expect(textOf(reply)).toContain('ended without the answer');
    expect(seen).toHaveLength(4);
  });

  it.each([405, 404, 400, 500])('gets one error when the upstream answers %i', async (status) => {
    upstream.tool = (call) => void primed(call).end();
    const seen = resumed((_received, response) => void response.writeHead(status).end());
    const reply = await client.call();
    expect([reasonOf(reply), seen.length]).toEqual(['broken', 1]);
    upstream.tool = ({ reply: answer }) => answer({ content: [{ type: 'text', text: 'on' }] });
    expect(textOf(await client.call())).toBe('on');
  });

  it('does not take the answers of other calls for its own', async () => {
    upstream.tool = (call) => void primed(call).end();
    resumed((_received, response) => {
      events(response, result('another', 'no'), result(idOfCall(), 'yes'));
    });
    expect(textOf(await client.call())).toBe('yes');
  });

  it('is not asked for again once it is cancelled', async () => {
    upstream.tool = (call) => void primed(call).end();
    const seen = resumed((_received, response) => void response.writeHead(405).end());
    const call = client.start('POST', client.callBody('gone'));
    await until('the call', () => upstream.of('tools/call').length === 1);
    await client.cancel('gone');
    await call.reply;
    upstream.tool = (other) => void primed(other, 'other').end();
    await client.call();
    expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual(['other']);
  });
});
