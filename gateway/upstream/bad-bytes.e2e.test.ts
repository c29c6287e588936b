import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { reasonOf, textOf, WireClient } from '../testing/wire-client.ts';

let upstream: FakeUpstream;
let gateway: GatewayProcess;
let client: WireClient;
let bystander: WireClient;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  gateway = await GatewayProcess.startSmall(96, '--upstream', `one=${upstream.url}`);
  client = await new WireClient(gateway.url).open();
  bystander = await new WireClient(gateway.url).open();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const CRLF = '\r\n';
const ok = (body: string, ...fields: string[]): string =>
  ['HTTP/1.1 200 OK', 'Content-Type: application/json', ...fields, '', body].join(CRLF);
const sized = (body: string, ...fields: string[]): string =>
  ok(body, `Content-Length: ${Buffer.byteLength(body)}`, ...fields);
const stream = (body: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(['HTTP/1.1 200 OK', 'Content-Type: text/event-stream', '', ''].join(CRLF)),
    Buffer.from(body),
  ]);
const right = (id: string): string => `{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`;
const idOf = ({ received }: ToolCall): string => JSON.stringify(received.id);

/** What the upstream writes to a call on the bare connection, before it ends that connection. */
type Bytes = (id: string) => string | Buffer;

const BROKEN: readonly (readonly [string, Bytes])[] = [
  ['nothing that is HTTP', () => `\0\x01\x02 no${CRLF}${CRLF}`],
  ['a body without a head', right],
  ['another version of HTTP', (id) => sized(right(id)).replace('HTTP/1.1', 'HTTP/3.7')],
  ['a status that is no number', (id) => sized(right(id)).replace('200', 'abc')],
  ['a field without a colon', (id) => sized(right(id), 'Nonsense')],
  ['a name that is no token', (id) => sized(right(id), 'X(y): z')],
  ['a control character in a field', (id) => sized(right(id), 'X: a\0b')],
  ['a field longer than it may be', (id) => sized(right(id), `X: ${'a'.repeat(100_000)}`)],
  ['more fields than there may be', (id) => sized(right(id), ...Array(9_000).fill('X-Y: z'))],
  ['two different lengths', (id) => sized(right(id), 'Content-Length: 3')],
  ['a length beside chunks', (id) => sized(right(id), 'Transfer-Encoding: chunked')],
  ['a length that is no number', (id) => ok(right(id), 'Content-Length: 0x30')],
  ['a longer length than its body', (id) => ok(right(id), 'Content-Length: 9999')],
  ['a chunk without a size', (id) => ok(right(id), 'Transfer-Encoding: chunked')],
  ['a chunk that is cut off', () => ok(`ff${CRLF}{"json`, 'Transfer-Encoding: chunked')],
  [
    'chunks without an end',
    (id) => {
      const body = right(id);
      return ok(`${body.length.toString(16)}${CRLF}${body}${CRLF}`, 'Transfer-Encoding: chunked');
    },
  ],
  ['a promise to go on, and nothing more', () => `HTTP/1.1 100 Continue${CRLF}${CRLF}`],
  ['an event that is cut off', (id) => stream(`data: ${right(id)}\n`)],
];

const INVALID: readonly (readonly [string, Bytes])[] = [
  ['no body', () => sized('')],
  [
    'a body of bytes that are not UTF-8',
    () =>
      Buffer.concat([
        Buffer.from(ok('', 'Content-Length: 4')),
        Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      ]),
  ],
  ['a shorter length than its body', (id) => ok(right(id), 'Content-Length: 10')],
  [
    'a body that is coded unasked',
    (id) => {
      const body = gzipSync(right(id));
      const head = ok('', 'Content-Encoding: gzip', `Content-Length: ${body.length}`);
      return Buffer.concat([Buffer.from(head), body]);
    },
  ],
  [
    'an event of bytes that are not UTF-8',
    () => stream(Buffer.from('data: \xff\xfe\n\n', 'latin1')),
  ],
  ['an event that is not JSON', () => stream('data: \0\0\0\n\n')],
  ['an answer under another id', () => sized(right('"another"'))],
  ['a batch', (id) => sized(`[${right(id)}]`)],
];

/** Bytes that are odd, and right all the same. */
const RIGHT: readonly (readonly [string, Bytes])[] = [
  [
    'early hints before the answer',
    (id) => `HTTP/1.1 103 Early Hints${CRLF}${CRLF}${sized(right(id))}`,
  ],
  ['an answer that ends with the connection', (id) => ok(right(id))],
  [
    'an answer in chunks of a byte',
    (id) => {
      const chunks = right(id)
        .split('')
        .map((byte) => `1${CRLF}${byte}${CRLF}`)
        .join('');
      return ok(`${chunks}0${CRLF}${CRLF}`, 'Transfer-Encoding: chunked');
    },
  ],
  ['events that end in carriage returns', (id) => stream(`: x\r\rdata: ${right(id)}\r\r`)],
  ['an event behind a byte order mark', (id) => stream(`\ufeffdata: ${right(id)}\n\n`)],
];

function callAnswered(bytes: Bytes): Promise<Awaited<ReturnType<WireClient['call']>>> {
  upstream.tool = (call) => {
    call.request.socket.write(bytes(idOf(call)));
    call.request.socket.end();
  };
  return client.call();
}

/** Nobody else noticed, and the session goes on. */
async function allIsWell(): Promise<void> {
  upstream.tool = ({ reply }) => reply({ content: [{ type: 'text', text: 'well' }] });
  const replies = await Promise.all([client.call(), bystander.call()]);
  expect(replies.map(textOf)).toEqual(['well', 'well']);
  expect(gateway.hasExited).toBe(false);
}

describe('a call gets one error and harms nobody when the upstream answers with', () => {
  const cases = [
    ...BROKEN.map((one) => ['broken', ...one] as const),
    ...INVALID.map((one) => ['invalid', ...one] as const),
  ];
  it.each(cases)('%s bytes: %s', async (reason, _what, bytes) => {
    const reply = await callAnswered(bytes);
    expect([reply.status, reply.messages.length, reasonOf(reply)]).toEqual([200, 1, reason]);
    expect(textOf(reply)).toMatch(/^Upstream "one": .+; the request may have been carried out/);
    expect(reply.text).not.toMatch(/127\.0\.0\.1|HPE_|UND_|\bat .*:\d+/);
    await allIsWell();
  });
});

it.each(RIGHT)('a call gets its answer when the upstream sends %s', async (_what, bytes) => {
  expect((await callAnswered(bytes)).messages.at(-1)).toMatchObject({ result: { content: [] } });
  await allIsWell();
});

/** Writes without waiting for a reader longer than it has to; until the connection is gone. */
function pour(socket: Socket, head: string, piece: string, times: number): void {
  let left = times;
  socket.on('error', () => {});
  socket.write(head);
  const on = (): void => {
    while (left > 0) {
      left -= 1;
      if (!socket.write(piece)) return;
    }
  };
  socket.on('drain', on);
  on();
}

const CHUNKED = ok('', 'Transfer-Encoding: chunked');
const MIB_OF_BYTES = `1${CRLF}x${CRLF}`.repeat(1024 * 1024);
const MIB = 'x'.repeat(1024 * 1024);

it.each([
  ['an answer larger than it may be', ok(''), MIB, 70],
  ['an event larger than it may be', stream('data: ').toString(), MIB, 70],
])('%s is refused, in little memory', async (_what, head, piece, times) => {
  upstream.tool = (call) => pour(call.request.socket, head, piece, times);
  const reply = await client.call();
  expect([reasonOf(reply), textOf(reply)]).toEqual(['invalid', expect.stringContaining('larger')]);
  await allIsWell();
});

it('an answer in millions of tiny chunks takes no more memory than its bytes', async () => {
  upstream.tool = (call) => {
    pour(call.request.socket, CHUNKED, MIB_OF_BYTES, 4);
    call.request.socket.write(`0${CRLF}${CRLF}`);
  };
  expect(reasonOf(await client.call())).toBe('invalid');
  await allIsWell();
});

it('bad bytes on the GET stream end that stream, which is opened again', async () => {
  const stream1 = await client.stream();
  const opened = (): number => upstream.received.filter(({ http }) => http === 'GET').length;
  await until('the stream upstream', () => upstream.streams.size === 1);
  for (const bad of ['data: \0\0\n\n', Buffer.from('data: \xff\n\n', 'latin1')]) {
    const before = opened();
    [...upstream.streams.values()].at(-1)?.write(bad);
    await until('it to be opened again', () => opened() > before);
  }
  const before = opened();
  const { socket } = [...upstream.streams.values()].at(-1) ?? {};
  if (socket) pour(socket, 'data: ', MIB, 70);
  await until('it to be opened again after too much', () => opened() > before, 10_000);
  const notice = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"on"}}';
  [...upstream.streams.values()].at(-1)?.write(`data: ${notice}\n\n`);
  await until('the notice', () => stream1.messages.length === 1);
  stream1.close();
  await allIsWell();
});
