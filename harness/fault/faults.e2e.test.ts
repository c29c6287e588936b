import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CounterProcess, startCounter } from '../fixture/counter-process.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { tcpProbe } from '../lifecycle/tcp-probe.ts';
import { findTool } from '../tools/find-tool.ts';
import { ScratchSink } from './scratch-sink.ts';
import { strikeFixture } from './strike-fixture.ts';
import { strikeNetwork } from './strike-network.ts';
import { strikeFreeze, strikeKill } from './strike-process.ts';
import { ToxiproxyServer } from './toxiproxy.ts';
import { UpstreamProxy } from './upstream-proxy.ts';
import type { NetworkFault } from './network.ts';

let folder: string;
let toxiproxy: ToxiproxyServer;
let fixture: CounterProcess;
let proxy: UpstreamProxy;
let sink: ScratchSink;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'));
  toxiproxy = await ToxiproxyServer.start(await findTool('toxiproxy'));
});
afterAll(async () => {
  await toxiproxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
beforeEach(async ({ task }) => {
  sink = new ScratchSink();
  const ledgerFile = join(folder, `${task.id}.jsonl`);
  fixture = await startCounter('counter', {}, { ledgerFile, seed: 1 });
  proxy = await UpstreamProxy.create(toxiproxy, { name: 'l0-counter', upstreamPort: fixture.port });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

interface Answer {
  readonly status?: number;
  readonly bytes: number;
  readonly code?: string;
  readonly afterMs: number;
}

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 't', version: '1' },
  },
});

/** One initialize through the proxy on a connection of its own, given up after `patienceMs`. */
function ask(patienceMs = 3000, agent?: http.Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const startMs = nowMs();
    let bytes = 0;
    let status: number | undefined;
    const settle = (code?: string): void =>
      resolve({
        bytes,
        afterMs: nowMs() - startMs,
        ...(status !== undefined && { status }),
        ...(code !== undefined && { code }),
      });
    const request = http.request(
      {
        port: proxy.port,
        host: '127.0.0.1',
        path: '/mcp',
        method: 'POST',
        agent: agent ?? false,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
      },
      (response) => {
        status = response.statusCode;
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('end', () => settle());
        response.on('error', (error: NodeJS.ErrnoException) => settle(error.code));
      },
    );
    request.setTimeout(patienceMs, () =>
      request.destroy(Object.assign(new Error(), { code: 'PATIENCE' })),
    );
    request.on('error', (error: NodeJS.ErrnoException) => settle(error.code));
    request.end(INITIALIZE);
  });
}

const network = (fault: NetworkFault) => strikeNetwork('counter', proxy, fault, sink);

test('passes bytes untouched while nothing is wrong', async () => {
  expect(await ask()).toMatchObject({ status: 200 });
});

test('down: connections are refused until the heal', async () => {
  await using fault = await network({ kind: 'down' });
  expect(await ask()).toMatchObject({ code: 'ECONNREFUSED' });
  await fault.heal();
  expect(await ask()).toMatchObject({ status: 200 });
  expect(sink.receipts).toHaveLength(1);
  const { kind, upstream, requestedAtMs, acknowledgedAtMs, healRequestedAtMs, healedAtMs, seen } =
    fault.receipt();
  expect({ kind, upstream }).toEqual({ kind: 'down', upstream: 'counter' });
  const times = [requestedAtMs, acknowledgedAtMs, healRequestedAtMs, healedAtMs].map(Number);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(seen).toContain('the proxy reads back enabled=false');
  expect(seen).toContain('a connection to it succeeds');
});

test('down: live connections end', async () => {
  const agent = new http.Agent({ keepAlive: true });
  await ask(3000, agent);
  const [socket] = Object.values(agent.freeSockets)[0] ?? [];
  const closed = new Promise((resolve) => socket?.once('close', resolve));
  await using fault = await network({ kind: 'down' });
  await closed;
  expect(fault.receipt().seen).toEqual([
    'the proxy reads back enabled=false',
    'a connection to it fails with ECONNREFUSED',
    // RST where the proxy had not yet accepted it.
    expect.stringMatching(/^a connection that was open ended with (FIN|RST)$/),
  ]);
});

test('blackhole: nothing arrives, nothing is refused', async () => {
  await using fault = await network({ kind: 'blackhole' });
  expect(await tcpProbe(proxy.port)).toBeUndefined();
  expect(await ask(300)).toMatchObject({ code: 'PATIENCE', bytes: 0 });
  await fault.heal();
  expect(await ask()).toMatchObject({ status: 200 });
  const ledger = await fixture.ledger.since(0);
  expect(ledger.filter((line) => line.kind === 'initialize')).toHaveLength(1);
});

test('reset: a new connection gets a true RST, and its request never arrives', async () => {
  await using fault = await network({ kind: 'reset' });
  expect(fault.receipt().seen).toContain('a new connection ended with RST');
  expect(await ask()).toMatchObject({ code: 'ECONNRESET', bytes: 0 });
  expect((await fixture.ledger.since(0)).some((line) => line.kind === 'initialize')).toBe(false);
  await fault.heal();
  expect(await ask()).toMatchObject({ status: 200 });
});

test('latency: an answer takes that much longer', async () => {
  await using fault = await network({ kind: 'latency', latencyMs: 250 });
  expect(fault.receipt().seen[0]).toContain('"latency":250');
  const { status, afterMs } = await ask();
  expect(status).toBe(200);
  expect(afterMs).toBeGreaterThanOrEqual(249);
});

test('limit-data: an answer is cut after that many bytes', async () => {
  const whole = await ask();
  await using fault = await network({ kind: 'limit-data', bytes: 250 });
  expect(fault.receipt().seen[0]).toContain('limit_data');
  const cut = await ask();
  expect(cut.code).toBe('ECONNRESET');
  expect(cut.bytes).toBeLessThan(whole.bytes);
});

test.each([
  { kind: 'slicer', bytes: 40, delayUs: 1000 },
  { kind: 'bandwidth', kilobytesPerSecond: 64 },
] as const)('$kind: slower, and complete', async (fault) => {
  const whole = await ask();
  await using active = await network(fault);
  expect(await ask()).toMatchObject({ status: 200, bytes: whole.bytes });
  expect(active.receipt().seen[0]).toContain(fault.kind);
});

test('two faults on one proxy heal apart', async () => {
  await using first = await network({ kind: 'latency', latencyMs: 100 });
  await using second = await network({ kind: 'limit-data', bytes: 10 });
  await second.heal();
  expect(await ask()).toMatchObject({ status: 200 });
  expect(first.receipt().healedAtMs).toBeUndefined();
});

test('kill: refused behind the proxy until a successor with the next epoch listens', async () => {
  const before = fixture.pid;
  await using fault = await strikeKill(fixture, sink);
  expect(fault.receipt().seen).toContainEqual(
    expect.stringMatching(/^a connection that was open ended with (FIN|RST)$/),
  );
  expect(await ask()).toMatchObject({ code: 'ECONNRESET' });
  expect(fixture.alive).toBe(true);
  await fault.heal();
  expect(fixture.pid).not.toBe(before);
  expect(await fixture.stats()).toMatchObject({ epoch: 'e2' });
  expect(await ask()).toMatchObject({ status: 200 });
  const starts = (await fixture.ledger.since(0)).filter((line) => line.kind === 'start');
  expect(starts.map((line) => line.epoch)).toEqual(['e1', 'e2']);
});

test('freeze: accepted, silent, and answered after the heal', async () => {
  await using fault = await strikeFreeze(fixture, sink);
  const pending = ask(5000);
  expect(fault.receipt().seen[0]).toMatch(/in state T/);
  await fault.heal();
  expect(await pending).toMatchObject({ status: 200 });
});

test('the fixture misbehaves until healed', async () => {
  await using fault = await strikeFixture(
    fixture,
    { kind: 'status', status: 500, times: 'always' },
    sink,
  );
  expect(await ask()).toMatchObject({ status: 500 });
  await fault.heal();
  expect(await ask()).toMatchObject({ status: 200 });
});

test('a fixture that died unasked is told from one that was killed', async () => {
  process.kill(fixture.pid, 'SIGKILL');
  await expect.poll(() => fixture.alive).toBe(false);
  await expect(fixture.stats()).rejects.toMatchObject({
    exitCode: 2,
    message: 'fixture counter died with signal SIGKILL',
  });
});

test('a Toxiproxy that died is told from one that refuses', async () => {
  await using other = await ToxiproxyServer.start(await findTool('toxiproxy'));
  await expect(other.ask('read it', (api) => api.read('nobody'))).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining('404'),
  });
  process.kill(other.pid, 'SIGKILL');
  await expect(other.proxies()).rejects.toMatchObject({ exitCode: 2 });
  expect(other.alive).toBe(false);
});
