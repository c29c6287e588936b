import { expect, test } from 'vitest';
import { AnswerReader } from './answer-reader.ts';
import type { RpcMessage } from './json-rpc.ts';

function read(contentType: string, chunks: readonly string[]): readonly RpcMessage[] {
  const messages: RpcMessage[] = [];
  const reader = new AnswerReader(contentType, (message) => messages.push(message));
  for (const chunk of chunks) reader.feed(chunk);
  reader.end();
  return messages;
}

const ONE = '{"jsonrpc":"2.0","id":1,"result":{"a":1}}';

test.each([
  ['in one piece', [ONE]],
  ['in two', [ONE.slice(0, 9), ONE.slice(9)]],
])('reads JSON %s at its end', (_, chunks) => {
  expect(read('application/json; charset=utf-8', chunks)).toEqual([{ id: 1, result: { a: 1 } }]);
});

test('takes a batch apart', () => {
  const messages = read('application/json', [
    `[${ONE},{"jsonrpc":"2.0","method":"m","params":[1]}]`,
  ]);
  expect(messages).toEqual([
    { id: 1, result: { a: 1 } },
    { method: 'm', params: [1] },
  ]);
});

test.each(['<html></html>', '', '5', '[]', '{"jsonrpc":"2.0"}', ONE.slice(0, 20)])(
  'finds no message in %j',
  (body) => {
    expect(read('application/json', [body])).toEqual([]);
  },
);

test('reads events cut anywhere, with CRLF, comments and empty data', () => {
  const stream = `: keepalive\r\n\r\nid: 1\r\ndata:\r\n\r\nevent: message\r\ndata: ${ONE}\r\n\r\n`;
  const letters = stream.split('');
  expect(read('text/event-stream', letters)).toEqual([{ id: 1, result: { a: 1 } }]);
});

test('gives an event as soon as it is complete', () => {
  const messages: RpcMessage[] = [];
  const reader = new AnswerReader('text/event-stream', (message) => messages.push(message));
  reader.feed(`data: ${ONE}\n`);
  expect(messages).toHaveLength(0);
  reader.feed('\n');
  expect(messages).toHaveLength(1);
});

test('an error without a text has an empty one', () => {
  expect(read('application/json', ['{"id":null,"error":{"code":-32000}}'])).toEqual([
    { id: null, error: { code: -32_000, message: '' } },
  ]);
});

test('refuses to grow without end', () => {
  const reader = new AnswerReader('application/json', () => undefined);
  expect(reader.feed('x'.repeat(8 * 1024 * 1024))).toBe(true);
  expect(reader.feed('x')).toBe(false);
});
