/** How a target ends, as the verdict tells it: behind a shell that started it, and in the middle of a scenario. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programFile } from '../paths.ts';
import { startCommandLine, type Ended } from './command-line-for-test.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ends-badly-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const GATEWAY = programFile('harness/cli/unruly-gateway-for-test');

/** A shell script that may say `gateway MANNER`, run against one scenario. */
async function run(scenario: string, script: string, ...more: readonly string[]): Promise<Ended> {
  const start = `"${process.execPath}" "${GATEWAY}" "$1" "$2"`;
  await writeFile(join(folder, 'start.sh'), `${script.replaceAll('gateway', start)}\n`);
  const target = {
    name: 'unruly',
    version: '1',
    command: `sh "${join(folder, 'start.sh')}" $PORT $UPSTREAM_URL`,
    endpoint: 'http://127.0.0.1:$PORT/mcp',
    claims: { shutdownMs: 1_500 },
  };
  await writeFile(join(folder, 't.yaml'), JSON.stringify(target));
  const words = ['--target', 't.yaml', '--seed', '7', '--out', 'o', '--junit', 'r.xml', ...more];
  return startCommandLine(folder, 'run', scenario, ...words).ended;
}

test('a gateway that outlives the shell that started it has not ended with it', async () => {
  const { exitCode, stdout } = await run('shutdown/drain', 'gateway deaf & wait', '--control-arm');
  expect(stdout).toMatch(
    /process \d+ of the target outlived the one that was started and took \d+ ms, and only by SIGKILL, to end after SIGTERM; the one that was started got it and ended after \d+ ms with signal SIGTERM; the bound is 1500 ms/,
  );
  expect(exitCode).toBe(1);
  expect(stdout).toContain("control arm: none, the scenario ends the target's process, and");
});

test.each([
  ['becomes the gateway', 'exec gateway orderly'],
  [
    'hands SIGTERM on and waits',
    `trap 'kill -TERM "$PID"; wait "$PID"; exit 0' TERM; gateway orderly & PID=$!; wait "$PID"`,
  ],
])('a shell that %s ends in order', async (_what, script) => {
  expect(await run('shutdown/drain', script)).toMatchObject({ exitCode: 0, stderr: '' });
});

test.each([
  ['ends by itself', 'exec gateway 5', 'exit code 7'],
  ['ends by itself behind a shell', 'gateway 5 & wait', 'exit code 0'],
])(
  'a target that %s is said to have done so, wherever a verdict is read',
  async (_what, script, how) => {
    const { exitCode, stdout } = await run('reuse/state-persists', script);
    expect(exitCode).toBe(1);
    const sentence = `the target ended by itself with ${how} after `;
    // The headline stands first, right below the scenario's own line.
    expect(stdout.split('\n').find((line) => line.startsWith('      '))).toContain(sentence);
    for (const file of ['o/report.json', 'o/summary.md', 'r.xml']) {
      expect(await readFile(join(folder, file), 'utf8')).toContain(sentence);
    }
    const rechecked = await startCommandLine(folder, 'recheck', 'o').ended;
    expect(rechecked.stdout).toContain('the same');
  },
);
