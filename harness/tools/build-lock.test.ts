import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildLock } from './build-lock.ts';

/** Linux gives no process a higher number. */
const NOBODY = 4_194_305;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-lock-'));
  file = join(folder, 'k6.lock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('holds our process id until it is disposed, and leaves nothing', async () => {
  const lock = await buildLock(file, () => undefined);
  expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  await lock[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

test('takes over from a process that is gone', async () => {
  await writeFile(file, String(NOBODY));
  await using lock = await buildLock(file, () => expect.unreachable('nobody to wait for'));
  expect(lock).toBeDefined();
  expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  expect(await readdir(folder)).toHaveLength(1);
});

test('takes over a lock that holds no process id', async () => {
  await writeFile(file, 'rubbish');
  await using lock = await buildLock(file, () => undefined);
  expect(lock).toBeDefined();
});

test('says for whom it waits also where that one is only about to take over a dead lock', async () => {
  await writeFile(file, String(NOBODY));
  await writeFile(`${file}.claim`, String(process.pid));
  const toldToWait = Promise.withResolvers<number>();
  const waiting = buildLock(file, toldToWait.resolve);
  expect(await toldToWait.promise).toBe(process.pid);
  await rm(`${file}.claim`);
  await using lock = await waiting;
  expect(lock).toBeDefined();
});

test('waits for a living holder, says once for whom, and gets its turn', async () => {
  const waitedFor: number[] = [];
  const toldToWait = Promise.withResolvers<void>();
  const held = await buildLock(file, () => undefined);
  const second = buildLock(file, (pid) => {
    waitedFor.push(pid);
    toldToWait.resolve();
  });
  await toldToWait.promise;
  await held[Symbol.asyncDispose]();
  await using lock = await second;
  expect(lock).toBeDefined();
  expect(waitedFor).toEqual([process.pid]);
});

test('stops waiting when it is aborted, and leaves the holder its lock', async () => {
  const controller = new AbortController();
  await using held = await buildLock(file, () => undefined);
  expect(held).toBeDefined();
  const waiting = buildLock(file, () => controller.abort(new Error('enough')), controller.signal);
  await expect(waiting).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual(['k6.lock']);
});
