import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeAtomically } from './write-atomically.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-atomically-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('replaces a file and leaves nothing beside it', async () => {
  const file = join(folder, 'a.json');
  await writeFile(file, 'old and longer');
  await writeAtomically(file, 'new');
  expect(await readFile(file, 'utf8')).toBe('new');
  expect(await readdir(folder)).toEqual(['a.json']);
});

test('writes through a link instead of replacing it', async () => {
  await writeFile(join(folder, 'real'), 'old');
  await symlink(join(folder, 'real'), join(folder, 'link'));
  await writeAtomically(join(folder, 'link'), 'new');
  expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
});

test('writes into a pipe instead of replacing it', async () => {
  // A pipe of our own and no device: run as root, a broken guard would replace /dev/null itself.
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    await writeAtomically(pipe, 'through');
    expect((await stat(pipe)).isFIFO()).toBe(true);
    const { buffer, bytesRead } = await reader.read(Buffer.alloc(64), 0, 64, null);
    expect(buffer.toString('utf8', 0, bytesRead)).toBe('through');
  } finally {
    await reader.close();
  }
});

test('keeps the old file when the new one cannot be written', async () => {
  await expect(writeAtomically(join(folder, 'no', 'a.json'), 'x')).rejects.toThrow(/ENOENT/);
});
