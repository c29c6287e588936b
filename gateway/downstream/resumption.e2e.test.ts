import { afterAll, describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { ToolCall } from '../testing/fake-upstream.ts';
import { Scenes, after, alice, numbersOf, statusAfter, streaming } from '../testing/resumption.ts';
import { until } from '../testing/until.ts';
import { WireClient, type Streaming } from '../testing/wire-client.ts';

const scenes = new Scenes();
afterAll(() => scenes[Symbol.asyncDispose]());

describe('a call whose event stream broke', () => {
  it('goes on upstream, and its client gets the rest and the answer, once', async () => {
    const { upstream, client } = await scenes.set();
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
    const { upstream, client } = await scenes.set();
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
    const { upstream, client } = await scenes.set();
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
    const { upstream, client } = await scenes.set({ keepAliveMs: 100 });
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
    const { upstream, gateway } = await scenes.set();
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
    const { upstream, client } = await scenes.set();
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
          // A stream that was resumed behind the last of them has nothing more to bring yet.
          await until('what there is', () => (stream.ids.at(-1) ?? lastId).endsWith('-20'));
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
      { numRuns: 12, examples: [[[1, 0]]] },
    );
  });

  it("is no other stream's, no other session's and no other user's", async () => {
    const { upstream, gateway, client } = await scenes.set();
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
