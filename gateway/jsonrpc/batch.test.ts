import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isBatch, parseBatch } from './batch.ts';
import { Malformed } from './message.ts';

const space = fc.constantFrom('', ' ', '\n\t', ' \r\n ');

it('cuts a batch into the bytes of its messages, whatever stands between them', () => {
  const params = fc.jsonValue();
  fc.assert(
    fc.property(fc.array(params, { minLength: 1, maxLength: 5 }), space, (values, gap) => {
      const texts = values.map((value, id) =>
        JSON.stringify({ jsonrpc: '2.0', id, method: '],[', params: { value, other: '"]' } }),
      );
      const bytes = Buffer.from(`${gap}[${gap}${texts.join(`${gap},${gap}`)}${gap}]${gap}`);
      expect(isBatch(bytes)).toBe(true);
      const messages = parseBatch(bytes, 1_000);
      expect(messages.map((message) => message.bytes.toString())).toEqual(texts);
      expect(messages.map(({ idText }) => idText)).toEqual(texts.map((_text, id) => String(id)));
    }),
  );
});

it('takes nothing else for a batch', () => {
  for (const text of ['', ' ', '{"a":[]}', '"["', '1', ' {}', '\ufeff[]']) {
    expect([text, isBatch(Buffer.from(text))]).toEqual([text, false]);
  }
  for (const text of ['[', '[1', '[]', `[${'['.repeat(20)}${']'.repeat(20)}]`]) {
    expect(() => parseBatch(Buffer.from(text), 10)).toThrow(Malformed);
  }
});
