import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { writeScript } from '../harness/tools/scripted-tool-for-test.ts';

const ROOT = join(import.meta.dirname, '..');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-launcher-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

async function written(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const pinnedNode = join(ROOT, 'bin', 'pinned-node.js');

test('runs TypeScript on Node 24 or newer and passes arguments, output and exit code on', async () => {
  const script = await written(
    'speaks.ts',
    `const words: readonly string[] = process.argv.slice(2);
     console.log(process.versions.node.split('.')[0], ...words);
     process.exit(69);`,
  );
  const ended = await run(pinnedNode, [script, '--flag', 'two words']);
  expect(ended).toEqual({ code: 69, stdout: '24 --flag two words\n', stderr: '' });
});

test.each(['SIGINT', 'SIGTERM'] as const)('passes %s on, once', async (signal) => {
  const script = await written(
    `waits-${signal}.ts`,
    `let count: number = 0;
     process.on('${signal}', () => {
       count += 1;
       setTimeout(() => process.exit(40 + count), 200);
     });
     setInterval(() => {}, 1000);
     console.log('ready');`,
  );
  const launcher = spawn(process.execPath, [pinnedNode, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(launcher, 'exit');
  await once(launcher.stdout, 'data');
  launcher.kill(signal);
  expect(await ended).toEqual([41, null]);
});

test('a program that a signal ended gives 128 and the number of the signal', async () => {
  const script = await written('killed.ts', `process.kill(process.pid, 'SIGKILL');`);
  expect((await run(pinnedNode, [script])).code).toBe(128 + 9);
});

test('a clone whose packages cannot be installed ends with one sentence and exit code 4', async () => {
  const clone = join(folder, 'clone');
  await cp(join(ROOT, 'bin'), join(clone, 'bin'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    await cp(join(ROOT, name), join(clone, name));
  const tools = join(folder, 'path');
  await writeScript(join(tools, 'npm'), ['echo "npm error code ENOTFOUND" >&2', 'exit 1']);
  const ended = await run(join(clone, 'bin', 'mcp-gauntlet.js'), ['list'], { PATH: tools });
  expect(ended.code).toBe(4);
  expect(ended.stdout).toBe('');
  expect(ended.stderr.trim().split('\n')).toEqual([
    'mcp-gauntlet: installing the packages of package-lock.json and Node 24 with npm ci',
    `mcp-gauntlet: npm ci in ${clone} failed: code ENOTFOUND`,
  ]);
});

test('an installed package beside a Node that is too old takes the Node that runs it', async () => {
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'mcp-gauntlet');
  await cp(join(ROOT, 'bin'), join(installed, 'bin'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
  await writeScript(join(modules, 'node', 'bin', 'node'), ['echo v20.1.0']);
  await writeFile(join(modules, 'node', 'package.json'), '{"name":"node"}');
  const script = await written('where.ts', 'console.log(process.execPath);');
  const ended = await run(join(installed, 'bin', 'pinned-node.js'), [script]);
  expect(ended).toEqual({ code: 0, stdout: `${process.execPath}\n`, stderr: '' });
});

test('what Node compiles is kept in a checkout, where nobody asked for another place', async () => {
  const script = await written('cache.ts', `console.log(process.env['NODE_COMPILE_CACHE']);`);
  vi.stubEnv('NODE_COMPILE_CACHE', undefined);
  const kept = join(ROOT, 'node_modules', '.cache', 'node-compile');
  expect((await run(pinnedNode, [script])).stdout).toBe(`${kept}\n`);
  const elsewhere = join(folder, 'compiled');
  const asked = await run(pinnedNode, [script], { NODE_COMPILE_CACHE: elsewhere });
  expect(asked.stdout).toBe(`${elsewhere}\n`);
});
