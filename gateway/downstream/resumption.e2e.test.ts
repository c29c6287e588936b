import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient, type Streaming } from '../testing/wire-client.ts';

let owned = new AsyncDisposableStack();
afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

interface Scene {
  readonly upstream: FakeUpstream;
  readonly gateway: GatewayProcess;
  readonly client: WireClient;
}

async function start(
  stack: AsyncDisposableStack,
  streams: Readonly<Record<string, number>>,
): Promise<Omit<Scene, 'client'>> {
  const upstream = stack.use(await FakeUpstream.start());
  const users = ['alice', 'bob'].map((name) => ({ name, token: `token-of-${name}` }));
  const upstreams = [{ name: 'one', url: upstream.url }];
  const file = stack.use(new ConfigFile({ upstreams, users, streams }));
  return { upstream, gateway: stack.use(await GatewayProcess.start('--config', file.path)) };
}

const kept = new AsyncDisposableStack();
let shared: Omit<Scene, 'client'>;
beforeAll(async () => {
  shared = await start(kept, {});
});
afterAll(() => kept.disposeAsync());

/** With bounds of its own, or the gateway that all tests with the default ones share. */
async function set(streams?: Readonly<Record<string, number>>): Promise<Scene> {
  const { upstream, gateway } = streams === undefined ? shared : await start(owned, streams);
  const client = await alice(gateway).open();
  upstream.received.length = 0;
  upstream.streams.clear();
  return { upstream, gateway, client };
}

const alice = (gateway: GatewayProcess): WireClient =>
  new WireClient(gateway.url, 'token-of-alice');

/** A tool whose answer is a stream that the test writes. */
function streaming(upstream: FakeUpstream): {
  readonly calls: ToolCall[];
  say: (n: number, call?: number) => void;
  answer: (call?: number) => void;
} {
  const calls: ToolCall[] = [];
  upstream.tool = (call) => {
    call.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    calls.push(call);
  };
  const write = (index: number, message: unknown): void => {
    calls[index]?.response.write(`data: ${JSON.stringify(message)}\n\n`);
  };
  const say = (n: number, call = 0): void => {
    const params = { level: 'info', data: n };
    write(call, { jsonrpc: '2.0', method: 'notifications/message', params });
  };
  const answer = (call = 0): void => {
    const result = { content: [{ type: 'text', text: `answer ${call}` }] };
    write(call, { jsonrpc: '2.0', id: calls[call]?.received.id, result });
    calls[call]?.response.end();
  };
  return { calls, say, answer };
}

const numbersOf = (messages: readonly Record<string, unknown>[]): readonly unknown[] =>
  messages.map((message) =>
    message['method'] === 'notifications/message'
      ? (message['params'] as { data: number }).data
      : message['id'],
  );

const after = (id: string | undefined): { headers: Record<string, string> } => ({
  headers: { 'last-event-id': id ?? 'none' },
});

const statusAfter = async (client: WireClient, id: string): Promise<number> =>
  (await client.start('GET', undefined, { 'last-event-id': id }).reply).status;

describe('a call whose event stream broke', () => {
  it('goes on upstream, and its client gets the rest and the answer, once', async () => {
    const { upstream, client } = await set();
    const { calls, say, answer } = streaming(upstream);
    const opened = client.stream({ body: client.callBody(7) });
    await until('the call', () => calls.length === 1);
    say(1);
    const lost = await opened;
    await until('the first message', () => lost.messages.length === 1);
    lost.close();
    say(2);
    say(3);
    const resumed = await client.stream(after(lost.ids.at(-1)));
    say(4);
    await until('what was missed', () => resumed.messages.length === 3);
    answer();
    await until('the end', () => resumed.ended());
    expect(numbersOf(resumed.messages)).toEqual([2, 3, 4, 7]);
    expect(new Set([...lost.ids, ...resumed.ids]).size).toBe(6);
    expect(upstream.of('tools/call')).toHaveLength(1);
    expect(upstream.of('notifications/cancelled')).toEqual([]);
  });

  it('leaves its answer for a client that comes back after it, more than once', async () => {
    const { upstream, client } = await set();
    const { calls, say, answer } = streaming(upstream);
    const opened = client.stream({ body: client.callBody('x') });
    await until('the call', () => calls.length === 1);
    say(1);
    const lost = await opened;
    await until('the first message', () => lost.messages.length === 1);
    lost.close();
    answer();
    for (let time = 0; time < 2; time += 1) {
      const resumed = await client.stream(after(lost.ids.at(-1)));
      await until('the end', () => resumed.ended());
      expect(numbersOf(resumed.messages)).toEqual(['x']);
    }
  });

  it('can be gone on with before any message came, since 2025-11-25', async () => {
    const { upstream, client } = await set();
    const { calls, answer } = streaming(upstream);
    const opened = client.stream({ body: client.callBody(1) });
    await until('the call', () => calls.length === 1);
    calls[0]?.response.write(': working\n\n');
    const lost = await opened;
    await until('a sign of life', () => lost.text.includes(': keep-alive'));
    expect(lost.text).toMatch(/^id: 1-0\nretry: 500\ndata: \n\n/);
    lost.close();
    answer();
    const resumed = await client.stream(after(lost.ids[0]));
    await until('the end', () => resumed.ended());
    expect(numbersOf(resumed.messages)).toEqual([1]);
  });

  it('can be gone on with also when its upstream is silent, after a while', async () => {
    const { upstream, client } = await set({ keepAliveMs: 100 });
    let call: ToolCall | undefined;
    upstream.tool = (one) => (call = one);
    const lost = await client.stream({ body: client.callBody(1) });
    expect(lost.text).toMatch(/^id: 1-0\nretry: 500\ndata: \n\n: keep-alive\n\n/);
    lost.close();
    call?.reply({});
    const resumed = await client.stream(after('1-0'));
    await until('the end', () => resumed.ended());
    expect(numbersOf(resumed.messages)).toEqual([1]);
  });

  it('has ids on its messages and no event without data before 2025-11-25', async () => {
    const { upstream, gateway } = await set();
    const { calls, say, answer } = streaming(upstream);
    const client = alice(gateway);
    client.protocolVersion = '2025-06-18';
    await client.open();
    const opened = client.stream({ body: client.callBody(1) });
    await until('the call', () => calls.length === 1);
    say(1);
    const stream = await opened;
    answer();
    await until('the end', () => stream.ended());
    expect([stream.ids, stream.text.includes('data: \n')]).toEqual([['1-1', '1-2'], false]);
  });

  it('loses and doubles nothing, wherever it broke', async () => {
    const { upstream, client } = await set();
    let id = 0;
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cuts, async (shares) => {
        id += 1;
        const { calls, say, answer } = streaming(upstream);
        const opened = client.stream({ body: client.callBody(id) });
        await until('the call', () => calls.length === 1);
        for (let n = 1; n <= 20; n += 1) say(n);
        let stream = await opened;
        const seen: unknown[] = [];
        let lastId = '';
        for (const share of shares) {
          await until('what there is', () => (stream.ids.at(-1) ?? '').endsWith('-20'));
          stream.close();
          // What comes after the cut was sent, and never arrived.
          const arrived = stream.text.slice(0, stream.text.length * share);
          const complete = arrived.slice(0, arrived.lastIndexOf('\n\n') + 2);
          const ids = [...complete.matchAll(/^id: (.*)$/gm)].map(([, one]) => one);
          const count = [...complete.matchAll(/^data: ./gm)].length;
          seen.push(...numbersOf(stream.messages.slice(0, count)));
          lastId = ids.at(-1) ?? (lastId === '' ? (stream.ids[0] ?? '') : lastId);
          stream = await client.stream(after(lastId));
        }
        answer();
        await until('the end', () => stream.ended());
        seen.push(...numbersOf(stream.messages));
        expect(seen).toEqual([...Array(20).keys()].map((n) => n + 1).concat(id));
      }),
      { numRuns: 12 },
    );
  });

  it("is no other stream's, no other session's and no other user's", async () => {
    const { upstream, gateway, client } = await set();
    const { calls, say, answer } = streaming(upstream);
    const other = await alice(gateway).open();
    const bob = await new WireClient(gateway.url, 'token-of-bob').open();
    const all = [client, client, other, bob];
    const streams: Streaming[] = [];
    for (const [index, one] of all.entries()) {
      const opened = one.stream({ body: one.callBody(index) });
      await until('the call', () => calls.length === index + 1);
      say(1, index);
      streams.push(await opened);
    }
    await until('messages', () => streams.every(({ messages }) => messages.length === 1));
    for (const stream of streams) stream.close();
    for (const index of all.keys()) answer(index);
    for (const [index, one] of all.entries()) {
      const resumed = await one.stream(after(streams[index]?.ids.at(-1)));
      await until('the end', () => resumed.ended());
      expect(numbersOf(resumed.messages)).toEqual([index]);
    }
    bob.id = client.id;
    expect(await statusAfter(bob, streams[0]?.ids.at(-1) ?? '')).toBe(404);
    bob.id = other.id;
    expect(await statusAfter(bob, streams[2]?.ids.at(-1) ?? '')).toBe(404);
    expect(await statusAfter(other, '2-1')).toBe(400);
  });
});

describe('what can no longer be sent again', () => {
  const broken = async (
    { upstream, client }: Scene,
    events: number,
    text = '',
  ): Promise<{ ids: readonly string[] }> => {
    const { calls, answer } = streaming(upstream);
    const opened = client.stream({ body: client.callBody('broken') });
    await until('the call', () => calls.length === 1);
    for (let n = 1; n <= events; n += 1) {
      const params = { level: 'info', data: n, logger: text };
      const message = { jsonrpc: '2.0', method: 'notifications/message', params };
      calls[0]?.response.write(`data: ${JSON.stringify(message)}\n\n`);
    }
    const stream = await opened;
    await until('all of it', () => stream.messages.length === events);
    answer();
    await until('the end', () => stream.ended());
    return stream;
  };

  it('is refused for an id that never was, and the session goes on', async () => {
    const scene = await set();
    const { ids } = await broken(scene, 1);
    for (const id of [
      '1',
      'x-1',
      '1-9',
      '9-1',
      '-1',
      '1-',
      '0-0',
      `${ids[0]}-1`,
      '9'.repeat(4000),
    ]) {
      expect([id, await statusAfter(scene.client, id)]).toEqual([id, 400]);
    }
    scene.upstream.tool = ({ reply }) => reply({ content: [{ type: 'text', text: 'on' }] });
    expect(textOf(await scene.client.call())).toBe('on');
    const fresh = await scene.client.stream();
    expect(fresh.messages).toEqual([]);
  });

  it.each([
    ['too many events', { maxEvents: 3 }, ''],
    ['too many bytes', { maxBytes: 3_000 }, 'x'.repeat(600)],
    ['too many bytes in all sessions', { maxTotalBytes: 3_000 }, 'x'.repeat(600)],
  ])('is refused after %s, never half of it', async (_what, replay, text) => {
    const scene = await set(replay);
    const { ids } = await broken(scene, 6, text);
    expect(ids.at(-1)).toBe('1-7');
    expect(await statusAfter(scene.client, '1-2')).toBe(400);
    const resumed = await scene.client.stream(after('1-6'));
    await until('the end', () => resumed.ended());
    expect(numbersOf(resumed.messages)).toEqual(['broken']);
  });

  it('is refused after its time', async () => {
    const scene = await set({ keepMs: 200 });
    await broken(scene, 1);
    await until('the refusal', async () => (await statusAfter(scene.client, '1-1')) === 400);
  });

  it('never costs a session its answers: one that is too large to keep arrives', async () => {
    const scene = await set({ maxBytes: 1_000 });
    const { calls } = streaming(scene.upstream);
    const opened = scene.client.stream({ body: scene.client.callBody(1) });
    await until('the call', () => calls.length === 1);
    const result = { text: 'y'.repeat(5_000) };
    calls[0]?.response.write(': alive\n\n');
    calls[0]?.response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result })}\n\n`);
    const stream = await opened;
    await until('the end', () => stream.ended());
    expect(stream.messages).toEqual([{ jsonrpc: '2.0', id: 1, result }]);
    expect(await statusAfter(scene.client, '1-0')).toBe(400);
  });
});

describe('the GET stream', () => {
  const push = (upstream: FakeUpstream, n: number): void => {
    const params = { level: 'info', data: n };
    const message = { jsonrpc: '2.0', method: 'notifications/message', params };
    for (const stream of upstream.streams.values()) {
      stream.write(`data: ${JSON.stringify(message)}\n\n`);
    }
  };
  const gets = (upstream: FakeUpstream): number =>
    upstream.received.filter(({ http }) => http === 'GET').length;

  it('keeps what comes while its connection is broken, and the upstream notices nothing', async () => {
    const { upstream, client } = await set();
    const lost = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    push(upstream, 1);
    await until('the message', () => lost.messages.length === 1);
    lost.close();
    push(upstream, 2);
    push(upstream, 3);
    const resumed = await client.stream(after(lost.ids.at(-1)));
    push(upstream, 4);
    await until('the messages', () => resumed.messages.length === 3);
    expect(numbersOf(resumed.messages)).toEqual([2, 3, 4]);
    expect(gets(upstream)).toBe(1);
  });

  it('is given up upstream when its client does not come back in time', async () => {
    const { upstream, client } = await set({ keepMs: 300 });
    const lost = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    lost.close();
    await until('the end upstream', () =>
      [...upstream.streams.values()].every(({ destroyed }) => destroyed),
    );
    expect(await statusAfter(client, lost.ids[0] ?? '')).toBe(400);
    await client.stream();
    await until('another stream upstream', () => gets(upstream) === 2);
  });

  it('moves to a new connection when the old one is half dead', async () => {
    const { upstream, client } = await set();
    const half = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    const resumed = await client.stream(after(half.ids[0]));
    await until('the end of the old one', () => half.ended());
    push(upstream, 1);
    await until('the message', () => resumed.messages.length === 1);
    expect([half.messages.length, gets(upstream)]).toEqual([0, 1]);
  });

  it('that gave way to a second GET is over: its ids are refused, the second goes on', async () => {
    const { upstream, client } = await set();
    const first = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    push(upstream, 1);
    await until('the message', () => first.messages.length === 1);
    const second = await client.stream();
    await until('the end of the first', () => first.ended());
    for (const id of first.ids) expect(await statusAfter(client, id)).toBe(400);
    push(upstream, 2);
    await until('the message', () => second.messages.length === 1);
    second.close();
    push(upstream, 3);
    const third = await client.stream(after(second.ids.at(-1)));
    await until('the message', () => third.messages.length === 1);
    expect(numbersOf([...second.messages, ...third.messages])).toEqual([2, 3]);
    expect(gets(upstream)).toBe(1);
  });

  it('ends with its session, for good', async () => {
    const { upstream, client } = await set();
    const stream = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    await client.start('DELETE').reply;
    await until('the end', () => stream.ended());
    expect(await statusAfter(client, stream.ids[0] ?? '')).toBe(404);
  });
});
