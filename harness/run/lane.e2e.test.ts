import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ToxiproxyServer } from '../fault/toxiproxy.ts';
import { operationsOf } from '../history/operation.ts';
import { Recorder } from '../history/recorder.ts';
import { groupIsAlive } from '../lifecycle/process-group.ts';
import { isFree } from '../lifecycle/free-port.ts';
import { planFor } from '../target/find-target.ts';
import { findTool } from '../tools/find-tool.ts';
import { connectSession } from '../wire/connect-session.ts';
import type { ClientSession } from '../wire/session.ts';
import { Lane } from './lane.ts';

let folder: string;
let toxiproxy: ToxiproxyServer;
let recorder: Recorder;

/** Copies bytes: the smallest gateway there is. */
const FORWARDER = `
import { createServer, connect } from 'node:net';
const upstream = new URL(process.argv[3]);
createServer((client) => {
  const socket = connect(Number(upstream.port), upstream.hostname);
  client.pipe(socket).pipe(client);
  client.on('error', () => socket.destroy());
  socket.on('error', () => client.destroy());
}).listen(Number(process.argv[2]), '127.0.0.1');
console.log(process.argv[4]);`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lane-'));
  await writeFile(join(folder, 'forwarder.mjs'), FORWARDER);
  toxiproxy = await ToxiproxyServer.start(await findTool('toxiproxy'));
});
afterAll(async () => {
  await toxiproxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  recorder = new Recorder();
});

let lanes = 0;

async function openLane(): Promise<Lane> {
  const plan = await planFor({
    command: `$NODE ${join(folder, 'forwarder.mjs')} $PORT $UPSTREAM_URL $INSTANCE_DIR`,
    endpoint: 'http://127.0.0.1:$PORT/mcp',
  });
  const { signal } = new AbortController();
  const upstreams = { counter: {} };
  return Lane.open({
    plan,
    upstreams,
    toxiproxy,
    seed: 1,
    ledgerDir: folder,
    index: lanes++,
    signal,
  });
}

function connect(
  lane: Lane,
  client: 'raw' | 'sdk' = 'raw',
  toolsFrom?: ClientSession,
): Promise<ClientSession> {
  return connectSession(
    {
      endpoint: lane.target.endpoint,
      recorder,
      label: `${client}/1`,
      opPrefix: '1:',
      user: undefined,
      headersOf: (user) => lane.target.headersOf(user),
      upstreams: ['counter'],
      ...(toolsFrom !== undefined && { toolsFrom }),
    },
    client,
  );
}

test('each visit has its own stretch of the ledgers and its own receipts', async () => {
  await using lane = await openLane();
  const first = await lane.begin();
  await using session = await connect(lane);
  await session.increment({ times: 2 });
  await first.heal();
  const second = await lane.begin();
  await session.increment();
  await (await second.upstream('counter').network({ kind: 'latency', latencyMs: 1 })).heal();
  const applied = async (visit: typeof first) =>
    (await visit.ledger()).filter((line) => line.kind === 'apply').map((line) => line.opId);
  expect(await applied(first)).toEqual(['1:raw/1.1', '1:raw/1.2', '1:raw/1.3']);
  expect(await applied(second)).toEqual(['1:raw/1.3']);
  expect(first.receipts()).toEqual([]);
  expect(second.receipts()).toMatchObject([{ id: 'f1', kind: 'latency', upstream: 'counter' }]);
});

test('the end of a visit heals what it left broken, and the lane can be used again', async () => {
  await using lane = await openLane();
  const visit = await lane.begin();
  const upstream = visit.upstream('counter');
  await upstream.network({ kind: 'down' });
  await upstream.misbehave({ kind: 'hang' });
  await upstream.freeze();
  await using during = await connect(lane);
  expect(during.isOpen).toBe(false);
  await visit.heal();
  expect(visit.receipts().every((receipt) => receipt.healedAtMs !== undefined)).toBe(true);
  expect(lane.isHealthy()).toBe(true);
  await using session = await connect(lane);
  expect((await session.increment()).map((outcome) => outcome.type)).toEqual(['ok']);
});

test('a fixture that somebody kills is our loss, a kill by the scenario is not', async () => {
  await using lane = await openLane();
  const visit = await lane.begin();
  const { fixture } = visit.upstream('counter');
  await (await visit.upstream('counter').kill()).heal();
  expect(lane.lostInstrument()).toBeUndefined();
  process.kill(fixture.pid, 'SIGKILL');
  await expect.poll(() => lane.lostInstrument()).toMatch(/fixture counter/);
  expect(lane.isHealthy()).toBe(false);
});

test('closing a lane leaves no process, no proxy, no port and no folder of it', async () => {
  const lane = await openLane();
  const visit = await lane.begin();
  const { fixture } = visit.upstream('counter');
  await visit.upstream('counter').freeze();
  const pids = [fixture.pid, lane.target.pid ?? 0];
  const [instanceDir = ''] = lane.target.log();
  expect((await stat(instanceDir)).isDirectory()).toBe(true);
  await lane.close();
  await lane.close();
  expect(pids.map(groupIsAlive)).toEqual([false, false]);
  expect(await toxiproxy.proxies()).toEqual([]);
  expect(await isFree(fixture.port)).toBe(true);
  await expect(stat(instanceDir)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the SDK client says the same of the same target as the raw one', async () => {
  await using lane = await openLane();
  await lane.begin();
  for (const client of ['raw', 'sdk'] as const) {
    await using session = await connect(lane, client);
    expect(session.isOpen, client).toBe(true);
    const [first] = await session.increment();
    expect(first, client).toMatchObject({ type: 'ok', payload: { value: 1 } });
    expect(await session.call('fail').outcome, client).toMatchObject({ kind: 'tool-error' });
    const wrong = await session.request('no/such-method').outcome;
    expect(wrong, client).toMatchObject({ type: 'fail', kind: 'rpc-error', code: -32_601 });
    const late = await session.call('hang', {}, { deadlineMs: 100 }).outcome;
    expect(late, client).toMatchObject({ type: 'info', kind: 'timeout' });
    await expect.poll(() => lane.inFlight()).toBe(0);
    const broken = await session.call('break', { how: 'status-500' }).outcome;
    expect(broken, client).toMatchObject({ type: 'info', kind: 'http-error', status: 500 });
    const cut = await session.call('break', { how: 'close-before' }).outcome;
    expect(cut, client).toMatchObject({ type: 'info', kind: 'transport-error' });
    const cancelled = session.call('slow_increment', { delayMs: 60_000, apply: 'after' });
    await expect.poll(() => lane.inFlight()).toBe(1);
    expect(await cancelled.cancel(), client).toBe(202);
    expect(await cancelled.outcome, client).toMatchObject({ kind: 'cancelled' });
    expect(await session.delete(), client).toMatchObject({ type: 'ok' });
    expect(session.isOpen, client).toBe(false);
  }
  const cancels = (await lane.ledger()).filter((line) => line.kind === 'cancel');
  // The SDK also cancels what it has waited for in vain.
  expect(cancels.filter((line) => line.matched && line.opId?.endsWith('.6'))).toHaveLength(2);
  expect(operationsOf(recorder.events).every((one) => one.completions.length === 1)).toBe(true);
});

test('a session that knows the tools from another asks for none', async () => {
  await using lane = await openLane();
  await lane.begin();
  await using teacher = await connect(lane);
  const asked = () =>
    recorder.events.filter((one) => one.kind === 'invoke' && one.method === 'tools/list').length;
  const before = asked();
  await using pupil = await connect(lane, 'raw', teacher);
  expect(pupil.isOpen).toBe(true);
  expect((await pupil.increment())[0]).toMatchObject({ type: 'ok', payload: { value: 1 } });
  expect(asked()).toBe(before);
});
