import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
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

test('writes to a device as it is', async () => {
  await writeAtomically('/dev/null', 'gone');
  expect(await readFile('/dev/null', 'utf8')).toBe('');
});

test('keeps the old file when the new one cannot be written', async () => {
  await expect(writeAtomically(join(folder, 'no', 'a.json'), 'x')).rejects.toThrow(/ENOENT/);
});
