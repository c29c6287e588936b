import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../report/exit-codes.ts';
import { startLocalTool } from './local-tool.ts';
import { writeScript } from './scripted-tool-for-test.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-local-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('gives both outputs line by line, the added environment, and the exit code', async () => {
  const script = await writeScript(join(folder, 'speaks'), [
    'echo "one $WORD"',
    'echo two >&2',
    'exit 3',
  ]);
  const lines: string[] = [];
  await using tool = await startLocalTool(script, [], {
    env: { WORD: 'more' },
    onLine: (line) => lines.push(line),
  });
  expect(await tool.exited).toEqual({ code: 3, signal: null });
  expect(lines.toSorted()).toEqual(['one more', 'two']);
});

test('stops by SIGINT first', async () => {
  const ready = Promise.withResolvers<void>();
  const script = await writeScript(join(folder, 'polite'), [
    "trap 'exit 7' INT",
    'echo ready',
    'while :; do /bin/sleep 0.05; done',
  ]);
  await using tool = await startLocalTool(script, [], { onLine: () => ready.resolve() });
  await ready.promise;
  expect(await tool.stop()).toEqual({ code: 7, signal: null });
  expect(await tool.stop()).toEqual({ code: 7, signal: null });
});

test('kills what ignores SIGINT', async () => {
  const ready = Promise.withResolvers<void>();
  const script = await writeScript(join(folder, 'stubborn'), [
    "trap '' INT",
    'echo ready',
    'while :; do /bin/sleep 0.05; done',
  ]);
  await using tool = await startLocalTool(script, [], { onLine: () => ready.resolve() });
  await ready.promise;
  expect(await tool.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
  expect(() => process.kill(tool.pid, 0)).toThrow('ESRCH');
});

test('a program that is not there is our error, with its path', async () => {
  const absent = join(folder, 'absent');
  await expect(startLocalTool(absent, [])).rejects.toMatchObject({
    exitCode: EXIT.ownError,
    message: expect.stringContaining(absent),
  });
});
