import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { RawRequest } from '../testing/raw-request.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient, type Reply } from '../testing/wire-client.ts';

const owned = new AsyncDisposableStack();
let upstream: FakeUpstream;
let gateway: GatewayProcess;
let alice: WireClient;

beforeAll(async () => {
  upstream = owned.use(await FakeUpstream.start());
  const file = owned.use(
    new ConfigFile({
      upstreams: [{ name: 'one', url: upstream.url }],
      users: [
        { name: 'alice', token: 'a' },
        { name: 'carol', token: 'c', upstreams: ['two'] },
      ],
      headersTimeoutMs: 300,
      receiveTimeoutMs: 700,
      maxConnections: 40,
      maxBodyBytes: 1000,
    }),
  );
  gateway = owned.use(await GatewayProcess.start('--config', file.path));
  alice = await new WireClient(oneOf('one'), 'a').open();
});

afterAll(() => owned.disposeAsync());

const oneOf = (name: string): string => gateway.url.replace('/mcp', `/servers/${name}/mcp`);

interface Spoiled {
  method: string;
  server: string;
  body: string | undefined;
  headers: Record<string, string | undefined>;
}

type Fault = readonly [name: string, refusal: string, spoil: (request: Spoiled) => void];

/** From the first that is looked at to the last. */
const DOOR: readonly Fault[] = [
  ['a foreign Host', '403 this Host', ({ headers }) => (headers['host'] = 'evil.example')],
  [
    'a foreign Origin',
    '403 this Host',
    ({ headers }) => (headers['origin'] = 'http://evil.example'),
  ],
  ['an unknown server', '404 Not found', (request) => (request.server = 'none')],
  ['no token', '401 ', ({ headers }) => (headers['authorization'] = undefined)],
  [
    'a user without rights',
    '403 this user',
    ({ headers }) => (headers['authorization'] = 'Bearer c'),
  ],
];

const ORDERS: Readonly<Record<string, readonly Fault[]>> = {
  POST: [
    ...DOOR,
    ['another method', '405 ', (request) => (request.method = 'PUT')],
    ['an unknown session', '404 Session', ({ headers }) => (headers['mcp-session-id'] = 'none')],
    ['JSON only', '406 ', ({ headers }) => (headers['accept'] = 'application/json')],
    ['another type', '415 ', ({ headers }) => (headers['content-type'] = 'text/plain')],
    ['too much', '413 ', (request) => (request.body = `{"x":"${'x'.repeat(1000)}"}`)],
    ['no JSON', '400 Parse', (request) => (request.body = '{')],
    [
      'no session',
      '400 Bad request: Mcp-Session-Id',
      ({ headers }) => (headers['mcp-session-id'] = undefined),
    ],
    [
      'a version of the future',
      '400 Bad request: this MCP',
      ({ headers }) => (headers['mcp-protocol-version'] = '2999-01-01'),
    ],
  ],
  GET: [
    ...DOOR,
    ['no session', '405 ', ({ headers }) => (headers['mcp-session-id'] = undefined)],
    ['an unknown session', '404 Session', ({ headers }) => (headers['mcp-session-id'] = 'none')],
    ['no event stream', '406 ', ({ headers }) => (headers['accept'] = 'application/json')],
    [
      'a version of the future',
      '400 Bad request: this MCP',
      ({ headers }) => (headers['mcp-protocol-version'] = '2999-01-01'),
    ],
  ],
  DELETE: [
    ...DOOR,
    [
      'no session',
      '400 Bad request: Mcp-Session-Id',
      ({ headers }) => (headers['mcp-session-id'] = undefined),
    ],
    ['an unknown session', '404 Session', ({ headers }) => (headers['mcp-session-id'] = 'none')],
  ],
};

async function sentWith(method: string, ...faults: readonly Fault[]): Promise<string> {
  const body = method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : undefined;
  const headers = { authorization: 'Bearer a', 'mcp-session-id': alice.id };
  const request: Spoiled = { method, server: 'one', body, headers };
  // What is looked at first is spoiled last, where both spoil the same thing.
  for (const [, , spoil] of faults.toReversed()) spoil(request);
  const client = new WireClient(oneOf(request.server));
  const reply: Reply = await client.start(request.method, request.body, request.headers).reply;
  return `${reply.status} ${textOf(reply)}`;
}

const pattern = (refusal: string): RegExp => new RegExp(`^${refusal.replace(' ', ' .*')}`);

describe.each(Object.entries(ORDERS))('a %s', (method, faults) => {
  it('with one fault is refused for that', async () => {
    for (const fault of faults) {
      const [name, refusal] = fault;
      expect([name, await sentWith(method, fault)]).toEqual([
        name,
        expect.stringMatching(pattern(refusal)),
      ]);
    }
  });

  it('with any two faults is refused for the one that comes first', async () => {
    const pairs = faults.flatMap((first, at) =>
      faults.slice(at + 1).map((second) => [first, second] as const),
    );
    for (const [first, second] of pairs) {
      const names = `${first[0]}, ${second[0]}`;
      expect([names, await sentWith(method, first, second)]).toEqual([
        names,
        expect.stringMatching(pattern(first[1])),
      ]);
    }
  });
});

describe('on the wire', () => {
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const usual = (): Record<string, string> => ({
    Host: 'localhost',
    Authorization: 'Bearer a',
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
    'Mcp-Session-Id': alice.id ?? '',
    'Content-Length': String(ping.length),
  });
  /** The usual headers with more lines, perhaps of a name that is there already. */
  const post = (lines: readonly string[], body = ping, left: readonly string[] = []): string => {
    const usually = Object.entries(usual()).filter(([name]) => !left.includes(name));
    const all = [...usually.map(([name, value]) => `${name}: ${value}`), ...lines];
    return `POST ${new URL(oneOf('one')).pathname} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`;
  };

  // Of more headers than 2,000, Node leaves the rest out unless it is told not to.
  it('a second Host is noticed behind any number of headers', async () => {
    const many = Array.from({ length: 2_100 }, () => 'a:');
    using usually = new RawRequest(gateway.url, post(many));
    using raw = new RawRequest(gateway.url, post([...many, 'Host: localhost']));
    expect([await usually.status(), await raw.status()]).toEqual([200, 400]);
  });

  it('a client that dribbles its headers, or sends none, is cut off', async () => {
    using silent = new RawRequest(gateway.url, '');
    using slow = new RawRequest(gateway.url, 'POST /mcp HTTP/1.1\r\n');
    await until(
      'the slow one to be cut off',
      () => {
        slow.send('X-A: b\r\n');
        return slow.isClosed;
      },
      2_500,
    );
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
    await until('the silent one to be cut off', () => silent.isClosed, 2_500);
  });

  it('a client that dribbles its body is cut off, and its neighbour is served meanwhile', async () => {
    const head = post([], '', ['Content-Length']).trimEnd();
    using slow = new RawRequest(gateway.url, `${head}\r\nContent-Length: 900\r\n\r\n`);
    let served = 0;
    await until(
      'the slow one to be cut off',
      async () => {
        slow.send(' ');
        served += (await alice.call()).status === 200 ? 1 : 0;
        return slow.isClosed;
      },
      3_000,
    );
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(served).toBeGreaterThan(2);
  });

  it('more connections than there may be are closed, told once, and those there are go on', async () => {
    const idle = Array.from({ length: 60 }, () => new RawRequest(gateway.url, ''));
    try {
      await until('twenty to be closed', () => idle.filter((one) => one.isClosed).length >= 20);
      await until('the log', () => gateway.log.includes('there are too many'));
      expect(idle.some((one) => !one.isClosed)).toBe(true);
    } finally {
      for (const one of idle) one[Symbol.dispose]();
    }
    await until('room for a client', async () => {
      const reply = await alice.call().catch(() => undefined);
      return reply?.status === 200;
    });
  });
});
