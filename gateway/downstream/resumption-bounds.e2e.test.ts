import { afterAll, describe, expect, it } from 'vitest';
import {
  type Scene,
  Scenes,
  after,
  numbersOf,
  statusAfter,
  streaming,
} from '../testing/resumption.ts';
import { until } from '../testing/until.ts';
import { textOf } from '../testing/wire-client.ts';

const scenes = new Scenes();
afterAll(() => scenes[Symbol.asyncDispose]());

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
    const scene = await scenes.set();
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
    const scene = await scenes.set(replay);
    const { ids } = await broken(scene, 6, text);
    expect(ids.at(-1)).toBe('1-7');
    expect(await statusAfter(scene.client, '1-2')).toBe(400);
    const resumed = await scene.client.stream(after('1-6'));
    await until('the end', () => resumed.ended());
    expect(numbersOf(resumed.messages)).toEqual(['broken']);
  });

  it('is refused after its time', async () => {
    const scene = await scenes.set({ keepMs: 200 });
    await broken(scene, 1);
    await until('the refusal', async () => (await statusAfter(scene.client, '1-1')) === 400);
  });

  it('never costs a session its answers: one that is too large to keep arrives', async () => {
    const scene = await scenes.set({ maxBytes: 1_000 });
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
