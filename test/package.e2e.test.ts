/** The published package, installed where there is nothing else: what a gateway's own repository gets. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTool } from '../harness/tools/find-tool.ts';

const ROOT = join(import.meta.dirname, '..');
const INSTALL_TIMEOUT_MS = 300_000;
const run = promisify(execFile);

let folder: string;
let project: string;
let packed: readonly string[];
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-package-'));
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true }\n');
  const packing = ['pack', '--json', '--loglevel=error', '--pack-destination', folder];
  const { stdout } = await run('npm', packing, { cwd: ROOT, timeout: INSTALL_TIMEOUT_MS });
  const [tarball] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = tarball.files.map(({ path }) => path);
  const installing = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', [...installing, join(folder, tarball.filename)], {
    cwd: project,
    timeout: INSTALL_TIMEOUT_MS,
  });
  env = { ...process.env, MCP_GAUNTLET_TOXIPROXY: (await findTool('toxiproxy')).path };
}, 2 * INSTALL_TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

function gauntlet(...args: string[]): Promise<{ stdout: string }> {
  const options = { cwd: project, env, timeout: 100_000 };
  return run('npx', ['--no-install', 'mcp-gauntlet', ...args], options);
}

test('holds what it needs and nothing else', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'bin/mcp-gauntlet.js',
      'dist/harness/cli/main.js',
      'dist/gateway/main.js',
      'dist/fixtures/counter/main.js',
      'dist/load/k6/users.js',
      'fixtures/defects/defects.json',
      'fixtures/targets/reference.yaml',
      'harness/tools/go/go.mod',
      'harness/tools/go/go.sum',
    ]),
  );
  expect(packed.filter((path) => /(?:\.ts|\.test\.js|-for-test\.js)$/.test(path))).toEqual([]);
});

test('lists its scenarios', async () => {
  expect((await gauntlet('list')).stdout).toContain('isolation/same-user');
});

test('says what the machine has', async () => {
  expect((await gauntlet('doctor')).stdout).toContain('24.');
});

test('runs a scenario against the reference gateway', async () => {
  const file = join(folder, 'result.json');
  await gauntlet(
    'run',
    'isolation/same-user',
    '--seed',
    '7',
    '--json',
    file,
    '--out',
    join(folder, 'out'),
  );
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    exitCode: 0,
    totals: { pass: expect.any(Number), fail: 0, inconclusive: 0 },
    scenarios: expect.arrayContaining([
      expect.objectContaining({ id: 'isolation/same-user', verdict: 'pass' }),
    ]),
  });
});
