import { afterAll, describe, expect, it } from 'vitest';
import type { FakeUpstream } from '../testing/fake-upstream.ts';
import { Scenes, after, numbersOf, statusAfter } from '../testing/resumption.ts';
import { until } from '../testing/until.ts';

const scenes = new Scenes();
afterAll(() => scenes[Symbol.asyncDispose]());

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
    const { upstream, client } = await scenes.set();
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
    const { upstream, client } = await scenes.set({ keepMs: 300 });
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
    const { upstream, client } = await scenes.set();
    const half = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    const resumed = await client.stream(after(half.ids[0]));
    await until('the end of the old one', () => half.ended());
    push(upstream, 1);
    await until('the message', () => resumed.messages.length === 1);
    expect([half.messages.length, gets(upstream)]).toEqual([0, 1]);
  });

  it('that gave way to a second GET is over: its ids are refused, the second goes on', async () => {
    const { upstream, client } = await scenes.set();
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
    const { upstream, client } = await scenes.set();
    const stream = await client.stream();
    await until('the stream upstream', () => upstream.streams.size === 1);
    await client.start('DELETE').reply;
    await until('the end', () => stream.ended());
    expect(await statusAfter(client, stream.ids[0] ?? '')).toBe(404);
  });
});
