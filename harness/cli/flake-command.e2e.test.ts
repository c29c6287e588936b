import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FlakeRound } from '../flake/flake-round.ts';
import { until, within } from '../lifecycle/deadline.ts';
import { programFile } from '../paths.ts';
import { startCommandLine, type Ended } from './command-line-for-test.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flake-command-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function cli(...words: readonly string[]): Promise<Ended> {
  return startCommandLine(folder, ...words).ended;
}

const FLAKE = ['flake', 'isolation/same-user', '--out', 'o'];

async function roundsIn(file: string): Promise<readonly FlakeRound[]> {
  const text = await readFile(join(folder, file), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as FlakeRound);
}

const counts = (rounds: readonly FlakeRound[]): readonly (number | undefined)[] =>
  rounds.map(({ passed }) => passed['isolation/same-user']);

test('adds what is missing to what was run before, and writes the page', async () => {
  const first = await cli(...FLAKE, '--runs', '2', '--seed', '7');
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  const second = await cli(...FLAKE, '--runs', '3', '--report', 'page.md');
  expect(second).toMatchObject({ exitCode: 0, stderr: '' });
  expect(second.stdout.split('\n')[0]).toMatch(
    / flake isolation\/same-user --runs 3 --out o --seed 7$/,
  );
  const rounds = await roundsIn('o/plain.jsonl');
  expect(counts(rounds)).toEqual([2, 1]);
  expect(new Set(rounds.map(({ seed }) => seed)).size).toBe(2);
  expect(await readFile(join(folder, 'page.md'), 'utf8')).toMatch(/`isolation\/same-user` \| +3 /);
  // Nothing was wrong, so nothing is kept.
  expect(await readdir(join(folder, 'o/rounds'))).toEqual([]);
  const third = await cli(...FLAKE, '--seed', '8');
  expect(third).toMatchObject({ exitCode: 64, stdout: '' });
  expect(third.stderr).toContain('seed 7, and this is seed 8');
  expect(counts(await roundsIn('o/plain.jsonl'))).toEqual([2, 1]);
});

test('a false alarm is exit code 1, and its bundle is kept', async () => {
  const rude = `${process.execPath} ${programFile('harness/cli/rude-gateway-for-test')} $PORT $UPSTREAM_URL`;
  const words = ['--command', rude, '--endpoint', 'http://127.0.0.1:$PORT/mcp'];
  const { exitCode, stdout } = await cli(...FLAKE, ...words, '--runs', '1');
  expect(stdout).toContain('does not hold: no false alarm in any scenario');
  expect(exitCode).toBe(1);
  const [round] = await roundsIn('o/plain.jsonl');
  const bundle = join(folder, 'o', round?.alarms[0]?.bundle ?? '');
  const manifest = await readFile(join(bundle, 'manifest.json'), 'utf8');
  // It can be replayed: against that gateway, with the seed of its round.
  expect(manifest).toContain('rude-gateway-for-test');
  expect(manifest).toContain(`--seed ${round?.seed} --repeat 1`);
});

test('a target that never becomes ready is not counted', async () => {
  const dead = `${process.execPath} -e 'process.exit(3)'`;
  const words = ['--command', dead, '--endpoint', 'http://127.0.0.1:$PORT/mcp'];
  const { exitCode, stdout } = await cli(...FLAKE, ...words, '--runs', '1');
  expect(stdout).toContain('a round proved nothing');
  expect(exitCode).toBe(69);
  expect(await roundsIn('o/plain.jsonl')).toEqual([]);
});

test('a time budget that is over is exit code 124', async () => {
  const { exitCode, stdout } = await cli(...FLAKE, '--runs', '2', '--time-budget', '1ms');
  expect(stdout).toContain('does not hold: 2 judged runs of each scenario (at least 0)');
  expect(exitCode).toBe(124);
});

test('Ctrl-C keeps what was run by then, and leaves no process', async () => {
  const { child, ended } = startCommandLine(folder, ...FLAKE, '--runs', '100000', '--stress');
  const bundles = join(folder, 'o/rounds/stress-0/bundles');
  await until(20_000, 'the first run to be judged', () => existsSync(bundles));
  const children = childrenOf(child.pid ?? 0);
  expect(children.filter(isBurner).length).toBeGreaterThan(0);
  const second = await cli(...FLAKE, '--stress');
  expect(second).toMatchObject({ exitCode: 64, stdout: '' });
  expect(second.stderr).toMatch(/process \d+ writes to .*stress\.jsonl: wait for its end/);
  child.kill('SIGINT');
  const { exitCode, stdout } = await within(20_000, 'the teardown', ended);
  expect(stdout).toMatch(/at least [1-9]/);
  expect(exitCode).toBe(130);
  await until(5_000, 'its children to be gone', () => !children.some(isAlive));
  const rounds = await roundsIn('o/stress.jsonl');
  expect(counts(rounds)[0]).toBeGreaterThan(0);
  expect(rounds[0]?.alarms).toEqual([]);
  expect(existsSync(join(folder, 'o/stress.jsonl.lock'))).toBe(false);
});

test('after SIGKILL no core is kept busy, and the next call goes on', async () => {
  expect((await cli(...FLAKE, '--runs', '1', '--stress')).exitCode).toBe(0);
  const { child, ended } = startCommandLine(folder, ...FLAKE, '--runs', '100000', '--stress');
  const bundles = join(folder, 'o/rounds/stress-1/bundles');
  await until(20_000, 'the first run to be judged', () => existsSync(bundles));
  const children = childrenOf(child.pid ?? 0);
  const burners = children.filter(isBurner);
  expect(burners.length).toBeGreaterThan(0);
  child.kill('SIGKILL');
  try {
    await within(5_000, 'the end', ended);
    await until(5_000, 'the burners to be gone', () => !burners.some(isAlive));
  } finally {
    // Nobody else ends the rest: each is the leader of a group of its own.
    for (const pid of children.filter(isAlive)) process.kill(-pid, 'SIGKILL');
  }
  expect((await cli(...FLAKE, '--runs', '2', '--stress')).exitCode).toBe(0);
  expect(counts(await roundsIn('o/stress.jsonl'))).toEqual([1, 1]);
  expect(await readdir(join(folder, 'o/rounds'))).toEqual([]);
});

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(/\s+/).map(Number);
}

function isBurner(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('burn-processor');
}

/** A zombie that nobody reaped yet is as good as gone. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'utf8'));
}
