import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { ConfigFile } from '../testing/config-file.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { GatewayProcess } from '../testing/gateway-process.ts';
import { until } from '../testing/until.ts';
import { textOf, WireClient } from '../testing/wire-client.ts';

const SERVER = fileURLToPath(new URL('../testing/stdio-server.ts', import.meta.url));
const READERS = 16;
const EVENT_BYTES = 64 * 1024;
/** Far more than the kernel's buffers of both connections take. */
const EVENTS = 500;

let owned = new AsyncDisposableStack();
afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

interface Scene {
  readonly upstream: FakeUpstream;
  readonly gateway: GatewayProcess;
}

async function set(streams: Readonly<Record<string, number>> = {}): Promise<Scene> {
  const upstream = owned.use(await FakeUpstream.start());
  const upstreams = [{ name: 'one', url: upstream.url }];
  const file = owned.use(new ConfigFile({ upstreams, streams }));
  return { upstream, gateway: owned.use(await GatewayProcess.start('--config', file.path)) };
}

/** Sends a request and reads nothing. */
async function deaf(client: WireClient, method: 'GET' | 'POST', body = ''): Promise<Socket> {
  const { hostname, port, pathname } = new URL(client.url);
  const socket = connect(Number(port), hostname);
  owned.defer(() => void socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  await new Promise((resolve) => socket.once('connect', resolve));
  const head = [
    `${method} ${pathname} HTTP/1.1`,
    `Host: ${hostname}`,
    'Accept: application/json, text/event-stream',
    'Content-Type: application/json',
    `Mcp-Session-Id: ${client.id}`,
    `Content-Length: ${body.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return socket;
}

const note = JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data: 'x'.repeat(EVENT_BYTES) },
});

/** Writes as fast as it is read; how many events went out, by stream. */
function flood(response: ServerResponse, sent: Map<ServerResponse, number>): void {
  sent.set(response, 0);
  const more = (): void => {
    for (;;) {
      const count = sent.get(response) ?? 0;
      if (count === EVENTS) return;
      sent.set(response, count + 1);
      if (!response.write(`data: ${note}\n\n`)) break;
    }
    response.once('drain', more);
  };
  more();
}

const mibOf = (pid: number, what: 'VmRSS' | 'VmHWM'): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
};
const residentMib = (pid: number): number => mibOf(pid, 'VmRSS');
const peakMib = (pid: number): number => mibOf(pid, 'VmHWM');

/** Whether the gateway still holds its end of that connection. */
function isHeld(gateway: GatewayProcess, client: Socket): boolean {
  const hex = (port: number | undefined): string =>
    (port ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const [ours, theirs] = [Number(new URL(gateway.url).port), client.localPort].map(hex);
  const established = new RegExp(` 0100007F:${ours} 0100007F:${theirs} 01 `);
  return established.test(readFileSync('/proc/net/tcp', 'utf8'));
}

/** What neighbours see while nothing moves: all answered, soon. */
async function neighbours({ gateway, upstream }: Scene): Promise<number> {
  const before = upstream.tool;
  upstream.tool = ({ reply }) => reply({ content: [{ type: 'text', text: 'well' }] });
  const client = await new WireClient(gateway.url).open();
  let slowest = 0;
  for (let n = 0; n < 20; n += 1) {
    const from = performance.now();
    expect(textOf(await client.call())).toBe('well');
    slowest = Math.max(slowest, performance.now() - from);
  }
  upstream.tool = before;
  return slowest;
}

function eventsOf(sent: ReadonlyMap<ServerResponse, number>): number {
  return [...sent.values()].reduce((sum, count) => sum + count, 0);
}

/** How many events went out when no more do. */
async function still(sent: ReadonlyMap<ServerResponse, number>): Promise<number> {
  let last = -1;
  let since = performance.now();
  const isStill = (): boolean => {
    const count = eventsOf(sent);
    if (count !== last) since = performance.now();
    last = count;
    return performance.now() - since > 300;
  };
  await until('the upstream to come to a stop', isStill, 20_000);
  return last;
}

/** Readers that read nothing, of streams that never end. */
async function deafReaders(
  { gateway, upstream }: Scene,
  method: 'GET' | 'POST',
  readers = READERS,
): Promise<{ sent: ReadonlyMap<ServerResponse, number>; sockets: readonly Socket[] }> {
  const sent = new Map<ServerResponse, number>();
  const sockets: Socket[] = [];
  upstream.tool = ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    flood(response, sent);
  };
  for (let n = 0; n < readers; n += 1) {
    const client = await new WireClient(gateway.url).open();
    sockets.push(await deaf(client, method, method === 'POST' ? client.callBody(1) : ''));
  }
  const streams = method === 'POST' ? sent : upstream.streams;
  await until('the streams upstream', () => streams.size === readers);
  if (method === 'POST') return { sent, sockets };
  for (const stream of upstream.streams.values()) flood(stream, sent);
  return { sent, sockets };
}

it.each(['POST', 'GET'] as const)(
  'a %s stream that is not read makes its upstream wait, and costs no memory and no neighbour',
  async (method) => {
    const scene = await set();
    await neighbours(scene);
    const atRest = residentMib(scene.gateway.pid);
    const { sent } = await deafReaders(scene, method);
    const events = await still(sent);
    const grown = residentMib(scene.gateway.pid) - atRest;
    const slowest = await neighbours(scene);
    expect(events).toBeLessThan((READERS * EVENTS) / 2);
    // Everything is 500 MiB.
    expect(grown).toBeLessThan(300);
    expect(slowest).toBeLessThan(1_000);
  },
  40_000,
);

it('a reader that takes nothing for too long loses its connection, and its upstream goes on', async () => {
  const scene = await set({ stallMs: 500 });
  const { sent, sockets } = await deafReaders(scene, 'POST', 4);
  await until('all of it to be read', () => eventsOf(sent) === 4 * EVENTS, 20_000);
  await until('the end of the connections', () =>
    sockets.every((socket) => !isHeld(scene.gateway, socket)),
  );
  await neighbours(scene);
}, 40_000);

it.each(['GET', 'POST'] as const)(
  'a %s stream of an upstream that cannot wait is closed at its bound, in little memory',
  async (method) => {
    const args = [SERVER, '/dev/null'];
    const child = { name: 'one', transport: 'stdio', command: process.execPath, args } as const;
    const file = owned.use(new ConfigFile({ upstreams: [child] }));
    const gateway = owned.use(await GatewayProcess.start('--config', file.path));
    const client = await new WireClient(gateway.url).open();
    const atRest = residentMib(gateway.pid);
    const body = client.callBody('flood', 'flood');
    const socket = await deaf(client, method, method === 'POST' ? body : '');
    expect(isHeld(gateway, socket)).toBe(true);
    if (method === 'GET') {
      // Beside another call, what the upstream says belongs to none, and goes on the GET stream.
      for (const sent of [client.call('hang'), client.start('POST', body).reply]) {
        sent.catch(() => {});
      }
    }
    await until('the end of its connection', () => !isHeld(gateway, socket), 20_000);
    // Everything is 125 MiB.
    expect(peakMib(gateway.pid) - atRest).toBeLessThan(80);
    expect(textOf(await client.call('add'))).toBe('1');
  },
  40_000,
);

it('a large answer that is not read is not kept for ever', async () => {
  const scene = await set({ stallMs: 300 });
  const { gateway, upstream } = scene;
  const text = 'x'.repeat(16 * 1024 * 1024);
  upstream.tool = ({ reply }) => reply({ content: [{ type: 'text', text }] });
  const client = await new WireClient(gateway.url).open();
  const socket = await deaf(client, 'POST', client.callBody(1));
  expect(isHeld(gateway, socket)).toBe(true);
  await until('the end of its connection', () => !isHeld(gateway, socket), 10_000);
  await neighbours(scene);
}, 20_000);
