import { array, assert, constantFrom, nat, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseDecoder } from './sse-decoder.ts';

function decode(chunks: readonly Buffer[]): { events: string[]; alive: number } {
  const seen = { events: [] as string[], alive: 0 };
  const decoder = new SseDecoder(
    {
      event: (data) => void seen.events.push(data.toString()),
      alive: () => (seen.alive += 1),
    },
    1000,
  );
  for (const chunk of chunks) decoder.push(chunk);
  return seen;
}

describe('an event stream', () => {
  it('is the same events however it is cut and whatever ends its lines', () => {
    const line = string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, '_'));
    const events = array(array(line, { minLength: 1, maxLength: 3 }), { maxLength: 5 });
    const ending = constantFrom('\n', '\r\n', '\r');
    assert(
      property(events, ending, array(nat(400)), (list, end, cuts) => {
        const wanted = list.map((lines) => lines.join('\n')).filter((text) => text !== '');
        const text = list
          .map(
            (lines) =>
              `event: message${end}${lines.map((one) => `data: ${one}${end}`).join('')}${end}`,
          )
          .join('');
        const all = Buffer.from(text);
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b)];
        const chunks = at.map((from, index) => all.subarray(from, at[index + 1] ?? all.length));
        expect(decode(chunks).events).toEqual(wanted);
      }),
    );
  });

  it('counts comments and empty events as signs of life', () => {
    const text = '\ufeff: hi\n\nid: 7\ndata:\n\ndata:a\ndata: b\n\nretry: 5\n\n';
    expect(decode([Buffer.from(text)])).toEqual({ events: ['a\nb'], alive: 3 });
  });

  it.each([
    ['of an event without data', 'id: 7\n\n', '7'],
    ['of an earlier event', 'id: 7\ndata: a\n\ndata: b\n\n', '7'],
    ['byte for byte', 'id: \u00e9\n\n', Buffer.from('\u00e9').toString('latin1')],
    ['but not of an event that was not ended', 'id: 6\n\nid: 7\ndata: a\n', '6'],
    ['until it is empty', 'id: 7\n\nid\n\n', undefined],
    ['unless no header could carry it', 'id: 7\u0000\n\n', undefined],
    ['unless it is too long', `id: ${'7'.repeat(5000)}\n\n`, undefined],
  ])('keeps the last id, %s', (_how, text, id) => {
    const decoder = new SseDecoder({ event: () => {}, alive: () => {} }, 10_000);
    decoder.push(Buffer.from(text));
    expect(decoder.lastEventId).toBe(id);
  });

  it.each([
    ['retry: 25\n\n', 25],
    ['retry: 2.5\n\n', undefined],
    ['retry: -1\n\n', undefined],
    ['retry\n\n', undefined],
  ])('reads %j as a pause of %s ms', (text, pause) => {
    const decoder = new SseDecoder({ event: () => {}, alive: () => {} }, 1000);
    decoder.push(Buffer.from(text));
    expect(decoder.retryMs).toBe(pause);
  });

  it('does not give out an event that was not ended', () => {
    expect(decode([Buffer.from('data: a\n')]).events).toEqual([]);
  });

  it('takes time in proportion to its length, however small the chunks', () => {
    let size = 0;
    const sink = { event: (data: Buffer) => void (size = data.length), alive: () => {} };
    const decoder = new SseDecoder(sink, 64 * 1024 * 1024);
    const chunk = Buffer.alloc(16 * 1024, 'x');
    decoder.push(Buffer.from('data:'));
    for (let count = 0; count < 2048; count += 1) decoder.push(chunk);
    decoder.push(Buffer.from('\n\n'));
    expect(size).toBe(32 * 1024 * 1024);
  });

  it('is refused when one event grows beyond the bound, in one line or many', () => {
    const long = Buffer.from(`data: ${'x'.repeat(2000)}`);
    expect(() => decode([long])).toThrow(RangeError);
    const many = Buffer.from('data: 0123456789\n'.repeat(100));
    expect(() => decode([many])).toThrow(RangeError);
    const empty = Buffer.from('data:\n'.repeat(300));
    expect(() => decode([empty])).toThrow(RangeError);
    const others = Buffer.from(': 0123456789\ndata: 0123456789\n\n'.repeat(100));
    expect(decode([others]).events).toHaveLength(100);
  });
});
