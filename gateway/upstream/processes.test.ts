import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '../observe/log.ts';
import { AddressGuard } from './address-guard.ts';
import { definitionSchema } from './definition.ts';
import { Processes } from './processes.ts';
import { Upstream } from './upstream.ts';

const log = createLog('silent');
let processes: Processes;

beforeEach(() => {
  processes = new Processes({ maxProcesses: 2, shutdownTimeoutMs: 1_000 }, log);
});

afterEach(() => {
  vi.useRealTimers();
  processes[Symbol.dispose]();
});

function upstreamThat(command: string, ...args: string[]): Upstream {
  const definition = { name: 'one', transport: 'stdio', command, args };
  return new Upstream(definitionSchema.parse(definition), { guard: new AddressGuard([]), log });
}

async function failed(upstream: Upstream, session: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const group = processes.start(upstream, session, { line: () => {}, ended: resolve });
  const detail = await promise;
  await group.exited;
  return detail;
}

it('start what keeps ending sixty times a minute for an upstream, whoever asks', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const upstream = upstreamThat('sh', '-c', 'exit 3');
  const start = (session: number): Promise<string> => failed(upstream, `session ${session}`);
  for (let count = 0; count < 60; count += 1) {
    expect(await start(Math.floor(count / 5))).toBe('its process ended (exit code 3)');
  }
  for (const session of [0, 100]) await expect(start(session)).rejects.toThrow(/keeps ending/);
  expect(await failed(upstreamThat('false'), 'session 100')).toContain('exit code 1');
  vi.advanceTimersByTime(60_001);
  expect(await start(0)).toContain('exit code 3');
});

it('count what lived for a while as no bad start', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const upstream = upstreamThat('cat');
  for (let count = 0; count < 7; count += 1) {
    const { promise, resolve } = Promise.withResolvers<string>();
    const group = processes.start(upstream, 'session', { line: () => {}, ended: resolve });
    await group.started;
    vi.advanceTimersByTime(10_001);
    group.signal('SIGKILL');
    expect(await promise).toBe('its process ended (SIGKILL)');
    await group.exited;
  }
});

it('are bounded in number for one upstream, and killed when their owner goes', async () => {
  const [one, two] = [upstreamThat('cat'), upstreamThat('cat')];
  const events = { line: () => {}, ended: () => {} };
  const groups = [one, one, two].map((upstream) => processes.start(upstream, 'a', events));
  expect(() => processes.start(one, 'b', events)).toThrow(/as many processes as it may have, 2/);
  processes[Symbol.dispose]();
  await Promise.all(groups.map(({ exited }) => exited));
});

it('take no more than their backlog from whoever reads nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const silent = { line: () => {}, ended: resolve };
  const group = processes.start(upstreamThat('sleep', '60'), 'a', silent);
  await group.started;
  const line = Buffer.alloc(1024 * 1024, 'x');
  const taken = Array.from({ length: 20 }, () => group.write(line)).filter(Boolean).length;
  expect([taken > 8, taken < 12]).toEqual([true, true]);
  await group.end();
  expect(group.write(line)).toBe(false);
  expect(await Promise.race([promise, Promise.resolve('asked for')])).toBe('asked for');
});
