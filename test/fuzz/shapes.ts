/**
 * Bad requests that somebody would send on purpose, each with the one answer it must get. The text
 * of a shape completes "answers 400 to …". What varies in a shape is drawn.
 */

import { PING, requestTo, type Request, type Site } from './site.ts';

/** What a shape may vary by. */
export interface Draw {
  /** A token of HTTP. */
  readonly word: string;
  /** A whole number, any. */
  readonly number: number;
}

export interface Shape {
  readonly to: string;
  readonly status: number;
  /** Of the JSON-RPC error; -32600 where nothing else is said. */
  readonly code?: number;
  /** The id in the error; null where none could be read. */
  readonly id?: unknown;
  /** The client says that nothing more will come. */
  readonly isEnded?: boolean;
  readonly isHead?: boolean;
  readonly bytes: (site: Site, draw: Draw) => Buffer;
}

type Make = Request | ((draw: Draw) => Request);
type Rest = Omit<Shape, 'to' | 'status' | 'bytes'>;

function shape(status: number, to: string, make: Make, rest: Rest = {}): Shape {
  const bytes = (site: Site, draw: Draw): Buffer =>
    requestTo(site, typeof make === 'function' ? make(draw) : make);
  return { status, to, bytes, ...rest };
}

function raw(to: string, bytes: Shape['bytes'], isEnded = false): Shape {
  return { status: 400, to, bytes, isEnded };
}

function one<T>(of: readonly T[], { number }: Draw): T {
  return of[number % of.length] as T;
}

const CHUNKED = 'Transfer-Encoding: chunked';
const LENGTH = `Content-Length: ${PING.length}`;
const IN_CHUNKS = `${PING.length.toString(16)}\r\n${PING}\r\n0\r\n\r\n`;
const byHand = (add: readonly string[], body: string = IN_CHUNKS): Request => ({
  add,
  body,
  isFramedByHand: true,
});

/** What one reader takes for the end of a request and another does not. */
const FRAMING: readonly Shape[] = [
  shape(400, 'a length before a transfer coding', byHand([LENGTH, CHUNKED])),
  shape(400, 'a length behind a transfer coding', byHand([CHUNKED, LENGTH])),
  shape(400, 'two equal lengths', byHand([LENGTH, LENGTH], PING)),
  shape(400, 'two different lengths', byHand([LENGTH, 'Content-Length: 3'], PING)),
  shape(400, 'a list of lengths', byHand([`${LENGTH}, ${PING.length}`], PING)),
  shape(400, 'a length that is no plain number', (draw) => {
    const lengths = ['+41', '-1', '0x29', '4 1', '41;', '', ' ', '9'.repeat(20), '1e2', '٤١'];
    return byHand([`Content-Length: ${one(lengths, draw)}`], PING);
  }),
  shape(400, 'chunks that are chunked again', (draw) =>
    byHand([one([`${CHUNKED}, chunked`, `${CHUNKED}\r\n${CHUNKED}`], draw)]),
  ),
  shape(400, 'a transfer coding after chunked', byHand([`${CHUNKED}, gzip`])),
  shape(400, 'a transfer coding with a control character', byHand([`${CHUNKED}\x0b`])),
  shape(501, 'a transfer coding before chunked', byHand(['Transfer-Encoding: gzip, chunked'])),
  shape(501, 'a transfer coding that is not chunked', ({ word }) =>
    byHand([`Transfer-Encoding: x${word}`]),
  ),
  shape(400, 'a chunk with no plain size', (draw) => {
    const size = one(['-1', '+1', '0x5', 'f'.repeat(17), '5 5', 'g', ''], draw);
    return byHand([CHUNKED], `${size}\r\n${PING}\r\n0\r\n\r\n`);
  }),
  shape(400, 'chunks ended by bare line feeds', byHand([CHUNKED], IN_CHUNKS.replaceAll('\r', ''))),
  shape(400, 'a chunk longer than its size', byHand([CHUNKED], `1\r\n${PING}\r\n0\r\n\r\n`)),
  shape(413, 'a chunk extension without end', ({ number }) =>
    byHand([CHUNKED], `5;${'a'.repeat(17_000 + (number % 9_000))}\r\n`),
  ),
  raw('a body that is cut off', (site) => requestTo(site).subarray(0, -5), true),
  raw(
    'chunks that are cut off',
    (site) => requestTo(site, byHand([CHUNKED])).subarray(0, -5),
    true,
  ),
];

/** What one reader takes for another field, or for another value. */
const FIELDS: readonly Shape[] = [
  shape(400, 'a folded field', ({ word }) => ({ add: [`X-${word}: a\r\n b`] })),
  shape(400, 'a folded length', byHand([`Content-Length:\r\n\t${PING.length}`], PING)),
  shape(400, 'a bare line feed in a field', ({ word }) => ({ add: [`X-${word}: a\nX-B: c`] })),
  shape(400, 'a bare carriage return in a field', ({ word }) => ({
    add: [`X-${word}: a\rX-B: c`],
  })),
  raw('lines ended by bare line feeds', (site) =>
    Buffer.from(requestTo(site).toString('latin1').replaceAll('\r', ''), 'latin1'),
  ),
  shape(400, 'a control character in a field', (draw) => {
    const control = one([0, 1, 8, 11, 12, 27, 31, 127], draw);
    return { add: [`X-${draw.word}: a${String.fromCodePoint(control)}b`] };
  }),
  shape(400, 'a space before a colon', ({ word }) => ({ add: [`X-${word} : a`] })),
  shape(400, 'a space before the first field', (draw) => ({
    line: `POST / HTTP/1.1\r\n X-${draw.word}: a`,
  })),
  shape(400, 'a line without a colon', ({ word }) => ({ add: [word] })),
  shape(400, 'a field without a name', ({ word }) => ({ add: [`: ${word}`] })),
  shape(400, 'a name that is no token', (draw) => ({
    add: [`X${one(['(', ')', '"', '{', '\xe9', '@', '[', ','], draw)}${draw.word}: a`],
  })),
  shape(400, 'a field that may be there once and is there twice', (draw) => {
    const names = ['Host: 127.0.0.1', 'Content-Type: application/json', 'mcp-session-id: x'];
    const fresh = ['Origin: http://localhost', 'Last-Event-Id: 1', 'Mcp-Protocol-Version: 1'];
    const all = [...names, 'AUTHORIZATION: Bearer x', ...fresh.map((text) => `${text}\r\n${text}`)];
    return { add: [one(all, draw)] };
  }),
  shape(400, 'no Host', { without: ['host'] }),
  shape(431, 'a field that is too long', ({ number }) => ({
    add: [`X-A: ${'a'.repeat(17_000 + (number % 9_000))}`],
  })),
  shape(431, 'too many fields', ({ word }) => ({
    add: Array.from({ length: 3_000 }, (_, index) => `X-${word.slice(0, 9)}-${index}: a`),
  })),
  shape(417, 'an expectation', ({ word }) => ({ add: [`Expect: x${word}`] })),
];

/** What is not, or not quite, a request for this endpoint. */
const LINES: readonly Shape[] = [
  shape(400, 'an unknown method', ({ word }) => ({ line: `X${word} /mcp HTTP/1.1` })),
  shape(400, 'a method in small letters', { line: 'post /mcp HTTP/1.1' }),
  shape(405, 'CONNECT', { line: 'CONNECT 127.0.0.1:80 HTTP/1.1', body: '', isFramedByHand: true }),
  {
    ...shape(405, 'another method', {}),
    bytes: (site, draw) =>
      requestTo(site, { line: `${one(['TRACE', 'PATCH', 'PUT'], draw)} ${site.path} HTTP/1.1` }),
  },
  {
    ...shape(405, 'HEAD', {}, { isHead: true }),
    bytes: (site) => requestTo(site, { line: `HEAD ${site.path} HTTP/1.1` }),
  },
  shape(505, 'another major version', (draw) => ({
    line: `POST /mcp HTTP/${one(['0.9', '2.0'], draw)}`,
  })),
  shape(400, 'a version that never was', (draw) => ({
    line: `POST /mcp ${one(['HTTP/1.9', 'HTTP/3.0', 'HTTP/1.', 'http/1.1', 'ICY/1.0'], draw)}`,
  })),
  shape(400, 'a target with a blank or a control character', (draw) => ({
    line: `POST /mcp${one([' ', '\t', '\0', '\x7f', '\xe9'], draw)}${draw.word} HTTP/1.1`,
  })),
  shape(431, 'a target that is too long', ({ number }) => ({
    line: `POST /${'a'.repeat(17_000 + (number % 9_000))} HTTP/1.1`,
  })),
  shape(404, 'another path', ({ word }) => ({ line: `POST /x${word} HTTP/1.1` })),
  raw('a head that is cut off', (site) => requestTo(site).subarray(0, 20), true),
  raw('another protocol', (_site, draw) =>
    one(
      [
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        Buffer.from('1603010200010001fc0303', 'hex'),
        Buffer.from('SSH-2.0-OpenSSH_9.9\r\n'),
        Buffer.from('*1\r\n$4\r\nPING\r\n'),
      ],
      draw,
    ),
  ),
];

/** HTTP without a flaw, and not for here. */
const STRANGERS: readonly Shape[] = [
  shape(403, 'a foreign Host', ({ word }) => ({
    without: ['host'],
    add: [`Host: ${word}.example`],
  })),
  shape(403, 'a foreign Origin', ({ word }) => ({ add: [`Origin: http://${word}.example`] })),
  shape(401, 'a wrong token', ({ word }) => ({
    without: ['authorization'],
    add: [`Authorization: Bearer ${word}`],
  })),
  shape(401, 'no token', { without: ['authorization'] }),
  shape(400, 'a request without a session', { without: ['mcp-session-id'] }, { id: 7 }),
  shape(
    404,
    'an unknown session',
    ({ word }) => ({ without: ['mcp-session-id'], add: [`Mcp-Session-Id: ${word}`] }),
    { code: -32001, id: 7 },
  ),
  shape(400, 'an unknown revision', ({ word }) => ({ add: [`Mcp-Protocol-Version: x${word}`] }), {
    id: 7,
  }),
  shape(406, 'a client that takes no answer', { without: ['accept'] }),
  shape(415, 'another content type', ({ word }) => ({
    without: ['content-type'],
    add: [`Content-Type: text/${word}`],
  })),
  shape(415, 'a coded body', { add: ['Content-Encoding: gzip'] }),
];

const message = (fields: string): string => `{"jsonrpc":"2.0",${fields}}`;
const notJson = { code: -32700 };

/** HTTP without a flaw, and a body that is no message. */
const BODIES: readonly Shape[] = [
  shape(400, 'no body', { body: '' }, notJson),
  shape(400, 'text', ({ word }) => ({ body: `x${word}` }), notJson),
  shape(400, 'JSON that is cut off', { body: PING.slice(0, -1) }, notJson),
  shape(400, 'JSON with something behind it', ({ word }) => ({ body: PING + word }), notJson),
  shape(400, 'JSON behind a byte order mark', { body: `\uFEFF${PING}` }, notJson),
  shape(
    400,
    'invalid UTF-8',
    (draw) => {
      const bad = one([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]], draw);
      const text = [Buffer.from('{"jsonrpc":"2.0","id":"'), Buffer.from(bad), Buffer.from('"}')];
      return { body: Buffer.concat(text) };
    },
    notJson,
  ),
  shape(400, 'deep arrays', ({ number }) => {
    const depth = 1_000 + (number % 40_000);
    return { body: message(`"id":7,"params":${'['.repeat(depth)}${']'.repeat(depth)}`) };
  }),
  shape(400, 'deep objects', ({ number }) => {
    const depth = 1_000 + (number % 15_000);
    return { body: message(`"id":7,"params":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) };
  }),
  shape(400, 'a scalar', (draw) => ({ body: one(['null', '1', '"ping"', 'true', '1e999'], draw) })),
  shape(400, 'an array', ({ number }) => ({
    body: `[${Array.from({ length: number % 9 }, () => PING).join()}]`,
  })),
  shape(400, 'another version of JSON-RPC', { body: PING.replace('2.0', '1.0') }, { id: 7 }),
  shape(
    400,
    'a method that is no string',
    (draw) => ({
      body: message(`"id":7,"method":${one(['1', 'null', '{}', '["ping"]', 'true'], draw)}`),
    }),
    { id: 7 },
  ),
  shape(400, 'an id that is no string and no number', (draw) => ({
    body: message(`"id":${one(['null', '{}', '[7]', 'true'], draw)},"method":"ping"`),
  })),
  shape(400, 'an object that is nothing', { body: message('"id":7') }, { id: 7 }),
  shape(400, 'a response with two outcomes', { body: message('"id":7,"result":{},"error":{}') }),
  shape(400, 'a second initialize', { body: message('"id":7,"method":"initialize"') }, { id: 7 }),
  shape(413, 'a body that is too large', ({ number }) => ({
    body: Buffer.alloc(100_001 + (number % 1_000_000), 'x'),
  })),
  shape(413, 'chunks that grow too large', () =>
    byHand([CHUNKED], `${'ea60\r\n'.padEnd(60_006, 'x')}\r\n`.repeat(2) + '0\r\n\r\n'),
  ),
];

export const SHAPES: readonly Shape[] = [...FRAMING, ...FIELDS, ...LINES, ...STRANGERS, ...BODIES];
