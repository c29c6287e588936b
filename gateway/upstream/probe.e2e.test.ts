import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient, type Reply } from '../testing/wire-client.ts';

const CHAIN = ['ping', 'tools/list', 'prompts/list', 'resources/list'];
const NOT_FOUND = { error: { code: -32601, message: 'Method not found' } };
const BOUND_MS = 400;

let upstream: FakeUpstream;
let gateway: GatewayProcess;
let client: WireClient;

const started = (...flags: string[]): Promise<GatewayProcess> =>
  GatewayProcess.start('--upstream', `one=${upstream.url}`, ...flags);

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await started('--probe-timeout-ms', String(BOUND_MS));
});

afterEach(() => {
  upstream.intercept = () => false;
  upstream.results = {};
  upstream.received.length = 0;
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** What the upstream was asked, in order, besides the handshake and what is not awaited. */
const asked = (): (string | undefined)[] =>
  upstream.received
    .filter(({ id, method }) => id !== undefined && method !== 'initialize')
    .map(({ method }) => method);

/** Answers each method of the chain with a body, late or never; the rest as usual. */
function answering(
  outcomes: Record<string, { error?: object; result?: object } | 'silence'>,
  ms = 0,
): void {
  upstream.intercept = ({ method, id }, response) => {
    const outcome = outcomes[method ?? ''];
    if (outcome === undefined) return false;
    if (outcome === 'silence') return true;
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }));
    }, ms);
    return true;
  };
}

describe('a session that something is wrong with', () => {
  beforeEach(async () => {
    client = await new WireClient(gateway.url).open();
    // HTTP 400 says so: the next call is preceded by a probe, however short ago the last was.
    upstream.tool = ({ json }) => json(400, 'bad request', 'text/plain');
    await client.call();
    upstream.tool = ({ reply, count }) => reply({ content: [{ text: `fake ${count}` }] });
    upstream.received.length = 0;
  });

  it.each([0, 1, 2, 3, 4])(
    'is healthy when it refuses %d methods of the chain',
    async (refused) => {
      answering(Object.fromEntries(CHAIN.slice(0, refused).map((method) => [method, NOT_FOUND])));
      if (refused === 3) upstream.results['resources/list'] = () => ({ resources: [] });
      if (refused === 2) upstream.results['prompts/list'] = () => ({ prompts: [] });
      expect(textOf(await client.call())).toBe('fake 2');
      expect(asked()).toEqual([...CHAIN.slice(0, refused + 1), 'tools/call']);
      // Once is enough.
      expect(textOf(await client.call())).toBe('fake 3');
      expect(asked().filter((method) => method === 'ping')).toHaveLength(1);
    },
  );

  it.each(CHAIN)(
    'is dead when it is silent at %s: the loss is told, the call is not sent',
    async (at) => {
      const before = CHAIN.slice(0, CHAIN.indexOf(at));
      answering({
        ...Object.fromEntries(before.map((method) => [method, NOT_FOUND])),
        [at]: 'silence',
      });
      const from = performance.now();
      const lost = await client.call();
      expect(performance.now() - from).toBeLessThan(BOUND_MS + 1_000);
      expect([lost.status, textOf(lost)]).toEqual([404, expect.stringMatching(/state is lost/)]);
      expect(asked()).toEqual([...before, at]);
      await until('the end of the old session', () => upstream.deletes().length === 1);
      await client.open();
      expect(textOf(await client.call())).toBe('fake 1');
    },
  );

  it('is dead when the whole chain takes too long, though every answer is quick', async () => {
    answering({ ping: NOT_FOUND, 'tools/list': { result: { tools: [] } } }, BOUND_MS * 0.7);
    expect((await client.call()).status).toBe(404);
    expect(asked()).toEqual(CHAIN.slice(0, 2));
  });

  it('costs one call an error when the answer is unexpected, and is not asked again', async () => {
    answering({ ping: { error: { code: -32000, message: 'odd' } } });
    const reported = await client.call();
    expect([reported.status, reasonOf(reported)]).toEqual([200, 'refused']);
    expect(textOf(reported)).toMatch(/"one".*health probe.*was not carried out$/);
    expect(textOf(await client.call())).toBe('fake 2');
    expect(asked()).toEqual(['ping', 'tools/call']);
  });

  it.each([401, 429, 503])('is not taken for lost when its probe gets %i', async (status) => {
    upstream.intercept = ({ method }, response) => {
      if (method === 'ping') response.writeHead(status).end();
      return method === 'ping';
    };
    const reported = await client.call();
    expect([reported.status, reasonOf(reported)]).toEqual([200, 'refused']);
    expect(textOf(reported)).toMatch(/was not carried out$/);
    expect(textOf(await client.call())).toBe('fake 2');
    expect(asked()).toEqual(['ping', 'tools/call']);
  });

  it('is kept when its probe is cut, and the call behind it was not carried out', async () => {
    upstream.intercept = ({ method }, response) => {
      if (method === 'ping') response.socket?.destroy();
      return method === 'ping';
    };
    const reported = await client.call();
    expect(reasonOf(reported)).toBe('broken');
    expect(textOf(reported)).toMatch(/the connection ended.*was not carried out$/);
    expect(asked()).toEqual(['ping']);
    upstream.intercept = () => false;
    expect(textOf(await client.call())).toBe('fake 2');
  });

  it('is probed once for all calls that wait', async () => {
    answering({ ping: { result: {} } }, 100);
    const replies = await Promise.all(Array.from({ length: 5 }, () => client.call()));
    expect(replies.map(textOf).toSorted((a, b) => a.localeCompare(b))).toEqual(
      [2, 3, 4, 5, 6].map((count) => `fake ${count}`),
    );
    expect(asked().filter((method) => method === 'ping')).toHaveLength(1);
  });
});

it('a session that was idle is probed before its next call', async () => {
  await using eager = await started('--idle-probe-after-ms', '1');
  client = await new WireClient(eager.url).open();
  let reply: Reply | undefined;
  await until('a probe', async () => {
    upstream.received.length = 0;
    reply = await client.call();
    return asked().includes('ping');
  });
  expect(asked()).toEqual(['ping', 'tools/call']);
  expect(reply && textOf(reply)).toMatch(/^fake \d$/);
});

it('a call that comes while an idle session is probed waits for that, too', async () => {
  await using eager = await started('--idle-probe-after-ms', '1');
  let pong: (() => void) | undefined;
  upstream.intercept = ({ method, id }, response) => {
    if (method !== 'ping' || pong !== undefined) return false;
    pong = () => response.end(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    response.writeHead(200, { 'content-type': 'application/json' });
    return true;
  };
  client = await new WireClient(eager.url).open();
  const openedAt = performance.now();
  const underWay = async (): Promise<unknown> => {
    const health = await fetch(eager.url.replace('/mcp', '/health'));
    return ((await health.json()) as { callsInFlight: number }).callsInFlight;
  };
  await until('it to be idle', () => performance.now() > openedAt + 5);
  const first = client.call();
  await until('the probe', () => pong !== undefined);
  upstream.received.length = 0;
  const second = client.call();
  await until('both calls', async () => (await underWay()) === 2);
  // Enough for whatever is on its way upstream to arrive.
  const neighbour = await new WireClient(eager.url).open();
  expect(textOf(await neighbour.call())).toBe('fake 1');
  expect([await underWay(), upstream.of('tools/call').length]).toEqual([2, 1]);
  pong?.();
  const texts = [await first, await second].map(textOf);
  expect(texts.toSorted((a, b) => a.localeCompare(b))).toEqual(['fake 1', 'fake 2']);
});
