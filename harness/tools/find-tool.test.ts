import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EXIT } from '../report/exit-codes.ts';
import { findTool, lookForTool } from './find-tool.ts';
import { PINNED_TOOLS } from './pinned-tool.ts';
import { writeGo, writeK6, writeScript } from './scripted-tool-for-test.ts';
import { cachedFile } from './tool-cache.ts';

const VERSION = PINNED_TOOLS.k6.version;
let folder: string;
let first: string;
let second: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-tools-'));
  first = join(folder, 'first');
  second = join(folder, 'second');
  vi.stubEnv('PATH', `${first}:${second}`);
  vi.stubEnv('MCP_GAUNTLET_CACHE', join(folder, 'cache'));
  vi.stubEnv('MCP_GAUNTLET_K6', undefined);
  // Nobody listens there, so that a machine with Docker behaves like one without.
  vi.stubEnv('MCP_GAUNTLET_K6_IMAGE', '127.0.0.1:9/none/k6:none');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

test('takes the program that the environment names, before any other', async () => {
  const named = await writeK6(join(folder, 'mine'), VERSION);
  await writeK6(join(first, 'k6'), VERSION);
  vi.stubEnv('MCP_GAUNTLET_K6', named);
  expect(await findTool('k6')).toMatchObject({ how: 'environment', path: named, version: VERSION });
});

test('refuses a wrong version that the environment names, with both versions', async () => {
  vi.stubEnv('MCP_GAUNTLET_K6', await writeK6(join(folder, 'mine'), '1.9.0'));
  await writeK6(join(first, 'k6'), VERSION);
  await expect(findTool('k6')).rejects.toMatchObject({
    exitCode: EXIT.usage,
    message: expect.stringMatching(/MCP_GAUNTLET_K6: .*mine is k6 1\.9\.0, and 2\.2\.0 is needed/),
  });
});

test('refuses a program that the environment names and that is something else', async () => {
  vi.stubEnv('MCP_GAUNTLET_K6', await writeScript(join(folder, 'mine'), ['echo hello']));
  await expect(findTool('k6')).rejects.toThrow('does not say which version it is');
  vi.stubEnv('MCP_GAUNTLET_K6', join(folder, 'absent'));
  await expect(findTool('k6')).rejects.toThrow('cannot be run');
});

test('passes over a wrong version on PATH and names it', async () => {
  const wrong = await writeK6(join(first, 'k6'), '1.9.0');
  const right = await writeK6(join(second, 'k6'), VERSION);
  const found = await findTool('k6');
  expect(found).toMatchObject({ how: 'PATH', path: right });
  expect(found.notes).toEqual([`skipped ${wrong}: it is k6 1.9.0, and ${VERSION} is needed`]);
});

test('builds with Go once, into the cache, and takes it from there afterwards', async () => {
  const builds = await writeGo(first, VERSION);
  const progress: string[] = [];
  const found = await findTool('k6', { progress: (line) => progress.push(line) });
  const cached = cachedFile(join(folder, 'cache', 'tools'), PINNED_TOOLS.k6);
  expect(found).toMatchObject({ how: 'built', path: cached });
  expect(progress[0]).toContain('building k6');
  expect(await findTool('k6')).toMatchObject({ how: 'cache', path: cached });
  expect((await readFile(builds, 'utf8')).trim().split('\n')).toHaveLength(1);
});

test('two searches at once build once and leave nothing unfinished', async () => {
  const builds = await writeGo(first, VERSION);
  const found = await Promise.all([findTool('k6'), findTool('k6')]);
  expect(found.map(({ version }) => version)).toEqual([VERSION, VERSION]);
  expect((await readFile(builds, 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(await readdir(join(folder, 'cache', 'tools'))).toHaveLength(1);
});

test('keeps nothing of a build of the wrong version', async () => {
  await writeGo(first, '9.9.9');
  await expect(findTool('k6')).rejects.toThrow('what Go built says it is 9.9.9');
  expect(await readdir(join(folder, 'cache', 'tools'))).toEqual([]);
});

test('says what the compiler said last', async () => {
  await writeScript(join(first, 'go'), ['echo "no such module" >&2', 'exit 1']);
  await expect(findTool('k6')).rejects.toThrow('go build failed: no such module');
});

test('names every way out when there is none, in one sentence, with exit code 4', async () => {
  const failure = findTool('k6');
  await expect(failure).rejects.toMatchObject({ exitCode: EXIT.ownError });
  const { message } = (await failure.catch((error: unknown) => error)) as Error;
  expect(message).toMatch(
    /there is no go on PATH.*install Go.*start Docker.*on PATH.*MCP_GAUNTLET_K6\.$/,
  );
  expect(message).not.toContain('\n');
});

test('looking makes nothing', async () => {
  const builds = await writeGo(first, VERSION);
  expect((await lookForTool('k6')).found).toBeUndefined();
  await expect(readFile(builds)).rejects.toThrow('ENOENT');
  await expect(findTool('k6', { build: false })).rejects.toMatchObject({ exitCode: EXIT.ownError });
});
