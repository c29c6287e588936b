import { expect, it } from 'vitest';
import { readAnswer, type Exchange } from './answer.ts';

const JSON_TYPE = 'application/json';
const EVENTS = 'text/event-stream';

function exchange(status: number, body: string, contentType = JSON_TYPE): Exchange {
  return { status, body, contentType, error: '', errorCode: 0 };
}

const RESULT = '{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"hi"}]}}';

it.each([
  ['JSON', exchange(200, RESULT)],
  [
    'events, behind a notification',
    exchange(
      200,
      `event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\nevent: message\ndata: ${RESULT}\n\n`,
      EVENTS,
    ),
  ],
])('finds the result in %s', (_, given) => {
  expect(readAnswer(7, given)).toMatchObject({ ok: true });
});

it.each([
  ['rpc', 'lost', exchange(200, '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"lost"}}')],
  ['rpc', 'gone', exchange(404, '{"jsonrpc":"2.0","id":null,"error":{"message":"gone"}}')],
  [
    'tool',
    'no',
    exchange(200, '{"id":7,"result":{"isError":true,"content":[{"type":"text","text":"no"}]}}'),
  ],
  ['http', 'Bad Gateway', exchange(502, 'Bad Gateway', 'text/plain')],
  ['no-answer', 'no answer in', exchange(200, RESULT.replace('7', '8'))],
  ['no-answer', 'no answer in', exchange(200, 'event: message\ndata: {"jsonrpc"', EVENTS)],
  ['transport', 'EOF', { ...exchange(0, ''), error: 'EOF', errorCode: 1000 }],
  ['timeout', 'request timeout', { ...exchange(0, ''), error: 'request timeout', errorCode: 1050 }],
] as const)('tells %s: %s', (cause, text, given) => {
  const answer = readAnswer(7, given);
  expect(answer).toMatchObject({ ok: false, cause });
  expect(answer).toHaveProperty('text', expect.stringContaining(text));
});
