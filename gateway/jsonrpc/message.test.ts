import { describe, expect, it } from 'vitest';
import { Malformed, errorBytes, idTextAt, parseMessage, withValue } from './message.ts';

const parse = (text: string) => parseMessage(Buffer.from(text));

describe('a message', () => {
  it('is a request, a notification or a response', () => {
    expect(parse('{"jsonrpc":"2.0","id":0,"method":"m"}')).toMatchObject({
      kind: 'request',
      idText: '0',
      method: 'm',
    });
    expect(parse('{"jsonrpc":"2.0","method":"m"}').kind).toBe('notification');
    expect(parse('{"jsonrpc":"2.0","id":"","result":null}')).toMatchObject({
      kind: 'response',
      idText: '""',
    });
    expect(parse('{"jsonrpc":"2.0","id":null,"error":{}}').idText).toBe('null');
  });

  it('has an id by which no two differing ids are confused', () => {
    const ids = ['1', '"1"', '9007199254740992', '9007199254740993', '1.5', '"\\u00e9"'];
    const texts = ids.map((id) => parse(`{"id": ${id} ,"jsonrpc":"2.0","method":"m"}`).idText);
    expect(texts).toEqual([...ids.slice(0, 5), '"é"']);
  });

  it.each([
    ['{"jsonrpc":"2.0","id":1', -32700],
    ['', -32700],
    ['null', -32600],
    ['[{"jsonrpc":"2.0","id":1,"method":"m"}]', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"m"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"m"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":5,"result":1}', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"2.0","result":{}}', -32600],
  ])('is not %s', (text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });

  it('is not bytes that are no UTF-8', () => {
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":"\u00e9","method":"m"}', 'latin1');
    expect(() => parseMessage(bytes)).toThrow(Malformed);
  });

  it('changes only at the place that is exchanged', () => {
    const message = parse('{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"a__b","n":1.0}}');
    const changed = withValue(message, ['params', 'name'], '"b"');
    expect(changed.bytes.toString()).toBe(
      '{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"b","n":1.0}}',
    );
    expect(withValue(message, ['id'], '"x:1"').idText).toBe('"x:1"');
  });
});

it('an id deep in a notification keeps its digits', () => {
  const text = '{"params":{"requestId":9007199254740993}}';
  const value = JSON.parse(text).params.requestId as unknown;
  expect(idTextAt(Buffer.from(text), value, ['params', 'requestId'])).toBe('9007199254740993');
  expect(idTextAt(Buffer.from(text), {}, ['params', 'requestId'])).toBeUndefined();
});

it('an error carries the id as it came', () => {
  const { error, id } = JSON.parse(errorBytes('"a"', -1, 'no "good"', { x: 1 }).toString());
  expect([id, error]).toEqual(['a', { code: -1, message: 'no "good"', data: { x: 1 } }]);
});
