import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeProcessLock } from './process-lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-lock-'));
  file = join(folder, 'lock');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function taken(): Promise<AsyncDisposable> {
  const result = await takeProcessLock(file);
  if ('lock' in result) return result.lock;
  throw new Error(`held by ${result.holder}`);
}

test('is held until it is disposed, and leaves nothing', async () => {
  {
    await using lock = await taken();
    expect(lock).toBeDefined();
    expect(await takeProcessLock(file)).toEqual({ holder: process.pid });
  }
  expect(await readdir(folder)).toEqual([]);
  await (await taken())[Symbol.asyncDispose]();
});

test('of several at once one gets it, after a process that is gone as well', async () => {
  for (const leftover of [undefined, '4194305 1']) {
    if (leftover !== undefined) await writeFile(file, leftover);
    const results = await Promise.all(Array.from({ length: 8 }, () => takeProcessLock(file)));
    const locks = results.flatMap((result) => ('lock' in result ? [result.lock] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  }
});

test.each([
  ['of a process that is gone', '4194305 1'],
  ['of another process with our number', `${process.pid} 1`],
  ['that names nobody', 'rubbish'],
  ['that is empty', ''],
])('takes over a lock %s', async (_, text) => {
  await writeFile(file, text);
  await using lock = await taken();
  expect(lock).toBeDefined();
  expect(await readFile(file, 'utf8')).toMatch(new RegExp(String.raw`^${process.pid} \d+$`));
  expect(await readdir(folder)).toHaveLength(1);
});

test('belongs to somebody else while that process lives', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(other, 'spawn');
  try {
    await writeFile(file, String(other.pid));
    expect(await takeProcessLock(file)).toEqual({ holder: other.pid });
  } finally {
    other.kill('SIGKILL');
  }
  await once(other, 'exit');
  await using lock = await taken();
  expect(lock).toBeDefined();
});

test.each(['', '4194305 1'])(
  'takes over a dead lock that says "%s", with the dead claims to it',
  async (text) => {
    await writeFile(file, text);
    await writeFile(`${file}.claim`, '4194305 2');
    await writeFile(`${file}.claim.claim`, text);
    await using lock = await taken();
    expect(lock).toBeDefined();
    expect(await readdir(folder)).toEqual(['lock']);
  },
);

test('removes a dead claim that outlived its lock', async () => {
  await writeFile(`${file}.claim`, '4194305 1');
  await using lock = await taken();
  expect(lock).toBeDefined();
  expect(await readdir(folder)).toEqual(['lock']);
});

test('names the living process that is about to take over a dead lock', async () => {
  await writeFile(file, '4194305 1');
  await writeFile(`${file}.claim`, String(process.pid));
  expect(await takeProcessLock(file)).toEqual({ holder: process.pid });
  expect(await readFile(file, 'utf8')).toBe('4194305 1');
});

test('nobody ever reads a lock that names nobody', async () => {
  const read: string[] = [];
  let looking = setImmediate(function look() {
    try {
      read.push(readFileSync(file, 'utf8'));
    } catch {
      // It is not there now; that it was a moment ago says nothing.
    }
    looking = setImmediate(look);
  });
  for (let i = 0; i < 30; i += 1) await (await taken())[Symbol.asyncDispose]();
  clearImmediate(looking);
  expect(read.length).toBeGreaterThan(0);
  expect(read.filter((text) => !/^\d+ \d+$/.test(text))).toEqual([]);
});
