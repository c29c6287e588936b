import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBundles } from './find-bundles.ts';
import { UsageError } from '../errors.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundles-'));
});
afterEach(() => rm(root, { recursive: true }));

async function file(...path: readonly string[]): Promise<void> {
  const folder = join(root, ...path.slice(0, -1));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, path.at(-1) ?? ''), '');
}

async function found(folder = root): Promise<readonly string[]> {
  return (await findBundles(folder)).map((one) => one.slice(root.length + 1));
}

test('finds a bundle by itself, those of a run, and those of all runs', async () => {
  await file('run', 'bundles', 'b', 'manifest.json');
  await file('run', 'bundles', 'a', 'manifest.json');
  await file('run', 'report.json');
  expect(await found()).toEqual(['run/bundles/a', 'run/bundles/b']);
  expect(await found(join(root, 'run', 'bundles'))).toEqual(['run/bundles/a', 'run/bundles/b']);
  expect(await found(join(root, 'run', 'bundles', 'b'))).toEqual(['run/bundles/b']);
});

test('passes over the control arm of a run, unless it is named', async () => {
  await file('run', 'bundles', 'a', 'manifest.json');
  await file('run', 'control', 'bundles', 'a', 'manifest.json');
  expect(await found()).toEqual(['run/bundles/a']);
  expect(await found(join(root, 'run', 'control'))).toEqual(['run/control/bundles/a']);
});

test('a folder that only has the name of a control arm is searched', async () => {
  await file('kept', 'control', 'manifest.json');
  await file('control', 'run', 'bundles', 'a', 'manifest.json');
  expect(await found()).toEqual(['control/run/bundles/a', 'kept/control']);
});

test('passes over what a writer left unfinished, and not over what lost its manifest', async () => {
  await file('.a.7.new', 'manifest.json');
  await file('b', 'history.jsonl');
  expect(await found()).toEqual(['b']);
});

test('finds a bundle behind a link, and goes round in no circles', async () => {
  await file('elsewhere', 'kept', 'manifest.json');
  await mkdir(join(root, 'bundles'));
  await symlink('../elsewhere/kept', join(root, 'bundles', 'linked'));
  await symlink('..', join(root, 'bundles', 'up'));
  await symlink('nowhere', join(root, 'bundles', 'dangling'));
  expect(await found(join(root, 'bundles'))).toEqual(['bundles/linked']);
  await symlink('bundles', join(root, 'way'));
  expect(await found(join(root, 'way'))).toEqual(['way/linked']);
});

test('takes a folder for a bundle whose only file is a link', async () => {
  await file('elsewhere', 'manifest.json');
  await mkdir(join(root, 'b'));
  await symlink('../elsewhere/manifest.json', join(root, 'b', 'manifest.json'));
  expect(await found(join(root, 'b'))).toEqual(['b']);
});

test.each(['', 'nowhere'])('no bundle in "%s" is a usage error', async (name) => {
  await expect(findBundles(join(root, name))).rejects.toThrow(UsageError);
  await expect(findBundles(join(root, name))).rejects.toThrow(/is no bundle and holds none/);
});
