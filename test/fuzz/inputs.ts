/** Generates bad input: the shapes with what varies in them, messages of all kinds, and noise. */

import * as fc from 'fast-check';
import { SHAPES } from './shapes.ts';
import { requestTo, type Request, type Site } from './site.ts';

/** One request of a client that means no good; plain data, so that it shrinks and prints. */
export type Input =
  | { readonly kind: 'shape'; readonly to: string; readonly word: string; readonly number: number }
  | { readonly kind: 'message'; readonly text: string; readonly isChunked: boolean }
  | { readonly kind: 'batch'; readonly texts: readonly string[] }
  | { readonly kind: 'noise'; readonly base: number; readonly edits: readonly Edit[] };

/** A change to bytes that were a good request; positions wrap around. */
interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly insert: Uint8Array;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 12 });
const blank = fc.constantFrom('', '', '', ' ', '\n', '\r\n', '\t', '\r');
const json = fc.json({ maxDepth: 3 });
const longText = fc.nat(12_000).map((length) => JSON.stringify('x'.repeat(length)));
const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => JSON.stringify(value));
const number = fc.constantFrom(
  '0',
  '-0',
  '1',
  '1.0',
  '1e2',
  '1.5',
  '-1',
  '1e400',
  '9007199254740993',
  '123456789012345678901234567890',
);

function quoted(...values: string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...values.map((value) => JSON.stringify(value)));
}

const METHODS = [
  'ping',
  'tools/list',
  'tools/call',
  'initialize',
  'resources/read',
  'logging/setLevel',
  'notifications/cancelled',
  'notifications/progress',
  'completion/complete',
  'x',
  '',
  '__proto__',
];
const params = fc
  .dictionary(
    fc.constantFrom(
      'name',
      'uri',
      'cursor',
      'requestId',
      '_meta',
      'arguments',
      '__proto__',
      'level',
    ),
    fc.oneof(json, number, text, fc.constant('{"progressToken":1}')),
  )
  .map((given) => {
    const members = Object.entries(given).map(([key, value]) => `"${key}":${value}`);
    return `{${members.join()}}`;
  });

/** A member of an envelope, mostly as it should be. */
const member = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('jsonrpc'), quoted('2.0', '2.0', '2.0', '1.0')) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('id'), fc.oneof(number, text, longText, json)) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constant('method'), fc.oneof(quoted(...METHODS), json, text)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('params'), fc.oneof(params, json)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('result', 'error', '__proto__', 'x'), json) },
);
const RIGHT = ['jsonrpc', '"2.0"'] as const;

const envelope = fc
  .record({
    members: fc.array(member, { maxLength: 7 }),
    isRight: fc.boolean(),
    blanks: fc.array(blank, { minLength: 3, maxLength: 3 }),
  })
  .map(({ members, isRight, blanks: [a = '', b = '', c = ''] }) => {
    const all = isRight ? [...members, RIGHT] : members;
    const texts = all.map(([key, value]) => `${b}"${key}"${c}:${value}`);
    return `${a}{${texts.join()}${a}}${b}`;
  });

const oneMessage = fc.oneof({ weight: 5, arbitrary: envelope }, { weight: 1, arbitrary: json });

const edit = fc.record({
  at: fc.nat(),
  cut: fc.oneof(fc.nat(3), fc.nat(400)),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.uint8Array({ maxLength: 300 }),
    fc
      .constantFrom('\r\n', '\n', '\0', ': ', 'Transfer-Encoding: chunked\r\n', '\r\n\r\n')
      .map((piece) => Uint8Array.from(Buffer.from(piece))),
  ),
});

export const input: fc.Arbitrary<Input> = fc.oneof(
  fc.record({
    kind: fc.constant('shape' as const),
    to: fc.constantFrom(...SHAPES.map(({ to }) => to)),
    word,
    number: fc.nat(),
  }),
  fc.record({
    kind: fc.constant('message' as const),
    text: oneMessage,
    isChunked: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('batch' as const),
    texts: fc.array(oneMessage, { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('noise' as const),
    base: fc.nat(),
    edits: fc.array(edit, { minLength: 1, maxLength: 6 }),
  }),
);

const CALL =
  '{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"add","arguments":{}}}';
const BASES: readonly Request[] = [
  {},
  { body: CALL },
  byChunks(CALL),
  { line: 'DELETE /mcp HTTP/1.1', without: ['mcp-session-id', 'content-length'], body: '' },
  { body: '', without: ['content-length'], line: 'X' },
];

function byChunks(body: string): Request {
  const size = Buffer.byteLength(body).toString(16);
  const framed = body === '' ? '0\r\n\r\n' : `${size}\r\n${body}\r\n0\r\n\r\n`;
  return { add: ['Transfer-Encoding: chunked'], body: framed, isFramedByHand: true };
}

/** The bytes of an input that is no shape. */
export function bytesOf(given: Exclude<Input, { kind: 'shape' }>, site: Site): Buffer {
  if (given.kind === 'message') {
    return requestTo(site, given.isChunked ? byChunks(given.text) : { body: given.text });
  }
  if (given.kind === 'batch') {
    const { batchSession: session } = site;
    return requestTo({ ...site, session }, { body: `[${given.texts.join()}]` });
  }
  let bytes = requestTo(site, BASES[given.base % BASES.length]);
  for (const { at, cut, insert } of given.edits) {
    const start = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + cut)]);
  }
  return bytes;
}
