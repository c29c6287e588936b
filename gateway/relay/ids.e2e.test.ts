import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeUpstream, type ToolCall } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient, type Reply } from '../testing/wire-client.ts';

const IN_FLIGHT = 150;
const RUNS = 4;

let a: FakeUpstream;
let b: FakeUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  [a, b] = [await FakeUpstream.start('a'), await FakeUpstream.start('b')];
  const upstreams = ['--upstream', `a=${a.url}`, '--upstream', `b=${b.url}`];
  gateway = await GatewayProcess.start(...upstreams);
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
});

/** What an id is, whatever its spelling; digits past 2^53 count. */
function meaningOf(idText: string): string {
  if (/^-?\d+$/.test(idText)) return `number ${BigInt(idText)}`;
  const value: unknown = JSON.parse(idText);
  return `${typeof value} ${String(value)}`;
}

const escaped = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');

/** The same id, written otherwise where JSON has another way. */
function respelled(idText: string): string {
  if (idText.startsWith('"')) return `"${escaped(JSON.parse(idText) as string)}"`;
  const isSmall = Number.isSafeInteger(Number(idText));
  return isSmall && !idText.includes('.') ? `${idText}.0` : idText;
}

const EDGES = ['0', '""', '"1"', '1', '-1', '1.5', '9007199254740992', '9007199254740993', '"a"'];
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.integer({ min: -10_000, max: 10_000 }).map((n) => String(n + 0.25)),
);
const strings = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text));
const inFlight = fc
  .uniqueArray(fc.oneof(numbers, strings), {
    minLength: IN_FLIGHT,
    maxLength: IN_FLIGHT,
    selector: meaningOf,
  })
  .map((ids) => {
    const edges = new Set(EDGES.map(meaningOf));
    return [...EDGES, ...ids.filter((id) => !edges.has(meaningOf(id)))];
  })
  .chain((ids) =>
    fc.record({
      ids: fc.constant(ids),
      order: fc.shuffledSubarray(ids, { minLength: ids.length }),
    }),
  );

/** Calls under all ids at once, some cancelled, the rest answered in another order and spelling. */
async function carry(path: string, tool: string, ids: readonly string[], order: readonly string[]) {
  const held = new Map<string, ToolCall>();
  a.received.length = 0;
  a.tool = (call) => {
    const { tag } = (call.received.body['params'] as { arguments: { tag: string } }).arguments;
    held.set(tag, call);
  };
  const client = await new WireClient(gateway.url.replace('/mcp', path)).open();
  const send = (id: string): Promise<Reply> => {
    const params = JSON.stringify({ name: tool, arguments: { tag: meaningOf(id) } });
    const body = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;
    return client.start('POST', body).reply;
  };
  const replies = ids.map(send);
  await until('all calls to arrive', () => held.size === ids.length, 20_000);
  // Under another spelling it is the same id: refused, and the first call is left alone.
  const again = await Promise.all(ids.slice(0, 20).map((id) => send(respelled(id))));
  expect(new Set(again.map(({ status }) => status))).toEqual(new Set([400]));
  const isCancelled = (id: string): boolean => order.indexOf(id) % 7 === 0;
  const accepted: number[] = [];
  for (const id of order) {
    if (isCancelled(id)) {
      const params = `{"requestId":${respelled(id)}}`;
      const body = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`;
      accepted.push((await client.start('POST', body).reply).status);
    } else {
      const result = JSON.stringify({ content: [{ type: 'text', text: meaningOf(id) }] });
      const text = `{"jsonrpc":"2.0","id":${respelled(id)},"result":${result}}`;
      held.get(meaningOf(id))?.json(200, text);
    }
  }
  const texts = (await Promise.all(replies)).map(textOf);
  expect(texts).toEqual(ids.map((id) => (isCancelled(id) ? '' : meaningOf(id))));
  expect(new Set(accepted)).toEqual(new Set([202]));
  const cancels = (): string[] =>
    a.of('notifications/cancelled').map(({ raw }) => /"requestId":(.*)\}\}$/.exec(raw)?.[1] ?? '');
  const expected = ids.filter(isCancelled).map(meaningOf);
  await until('the cancels', () => cancels().length >= expected.length);
  expect(cancels().map(meaningOf).toSorted()).toEqual(expected.toSorted());
  expect(a.of('tools/call')).toHaveLength(ids.length);
  // Digits, signs and characters arrive as they were written.
  const seen = a.of('tools/call').map(({ raw }) => /"id":(.*?),"method"/s.exec(raw)?.[1] ?? '');
  expect(seen.toSorted()).toEqual([...ids].toSorted());
  await client.start('DELETE').reply;
}

it.each([
  ['one upstream', '/servers/a/mcp', 'add'],
  ['several', '/mcp', 'a__add'],
])(
  'any ids at once keep their own answers and cancels, in any order and spelling: %s',
  async (_, path, tool) => {
    await fc.assert(
      fc.asyncProperty(inFlight, ({ ids, order }) => carry(path, tool, ids, order)),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
);
