import { expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { OwnedProcess } from './owned-process.ts';
import { groupIsAlive } from './process-group.ts';

const node = (script: string, name = 'child'): Promise<OwnedProcess> =>
  OwnedProcess.spawn({ name, file: process.execPath, args: ['-e', script] });

test('reads the line that says it is ready', async () => {
  await using child = await node(
    'console.log("warming up"); console.log("port 42"); setInterval(()=>{},1e6)',
  );
  const port = await child.line(5000, 'its port', (line) => /port (\d+)/.exec(line)?.[1]);
  expect(port).toBe('42');
  expect(child.log).toEqual(['warming up', 'port 42']);
});

test('says how it ended and what it said when the line never comes', async () => {
  await using child = await node('console.error("cannot bind"); process.exitCode = 3');
  await expect(child.line(5000, 'its port', () => undefined)).rejects.toThrow(
    /its port: it ended with exit code 3\n {2}cannot bind/,
  );
});

test('kills what ignores SIGTERM after the given time', async () => {
  await using child = await node(
    'process.on("SIGTERM",()=>{});console.log("up");setInterval(()=>{},1e6)',
  );
  await child.line(5000, 'its start', (line) => line === 'up' || undefined);
  const end = await child.stop('SIGTERM', 100);
  expect(end.signal).toBe('SIGKILL');
  expect(end.afterMs).toBeGreaterThanOrEqual(99);
});

test('stops a frozen process in order', async () => {
  await using child = await node(
    'process.on("SIGTERM",()=>process.exit(7));console.log("up");setInterval(()=>{},1e6)',
  );
  await child.line(5000, 'its start', (line) => line === 'up' || undefined);
  child.signalGroup('SIGSTOP');
  expect((await child.stop('SIGTERM', 5000)).code).toBe(7);
});

const shell = (script: string): Promise<OwnedProcess> =>
  OwnedProcess.spawn({ name: 'shell', file: 'sh', args: ['-c', script] });
const DEAF = 'process.on("SIGTERM",()=>{});console.log(process.pid);setInterval(()=>{},1e6)';

test('has not stopped a shell while what it started lives on', async () => {
  await using child = await shell(`"${process.execPath}" -e '${DEAF}' & wait`);
  const pid = await child.line(5000, 'its pid', (line) => Number(line) || undefined);
  const end = await child.stop('SIGTERM', 200);
  expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(end.outlived).toMatchObject({ pids: [pid], isKilled: true });
  expect(end.outlived?.leaderAfterMs).toBeLessThan(end.afterMs);
  expect(end.afterMs).toBeGreaterThanOrEqual(199);
  expect(groupIsAlive(child.pid)).toBe(false);
});

test('stops a shell that hands the signal on', async () => {
  const willing = DEAF.replace('()=>{}', '()=>process.exit(0)');
  const script = `"${process.execPath}" -e '${willing}' & trap 'kill -TERM $!; wait $!; exit 0' TERM; wait $!`;
  await using child = await shell(script);
  await child.line(5000, 'its pid', (line) => Number(line) || undefined);
  const end = await child.stop('SIGTERM', 20_000);
  expect(end).toMatchObject({ code: 0, signal: null });
  expect(end.outlived?.isKilled).not.toBe(true);
});

test('takes grandchildren along', async () => {
  const child = await node(
    `require('child_process').spawn(process.execPath,['-e','setInterval(()=>{},1e6)'],{stdio:'inherit'});
     console.log("up"); process.exit()`,
  );
  await child.exited;
  expect(groupIsAlive(child.pid)).toBe(true);
  await child[Symbol.asyncDispose]();
  await child[Symbol.asyncDispose]();
  expect(groupIsAlive(child.pid)).toBe(false);
});

test('drains output that nobody reads and keeps the last lines only', async () => {
  await using child = await OwnedProcess.spawn({
    name: 'chatty',
    file: process.execPath,
    args: ['-e', 'for (let i = 0; i < 50_000; i++) console.log("line " + i)'],
    logLines: 3,
  });
  expect(await child.finalLog()).toEqual(['line 49997', 'line 49998', 'line 49999']);
});

test('rejects with the system error when there is nothing to start', async () => {
  await expect(OwnedProcess.spawn({ name: 'x', file: '/nowhere/at-all' })).rejects.toMatchObject({
    code: 'ENOENT',
  });
});

test.each(['throw new Error("bug")', 'process.exit(1)', 'process.kill(process.pid, "SIGINT")'])(
  'leaves no group behind when our own process ends with %s',
  async (end) => {
    const module = new URL('./owned-process.ts', import.meta.url).href;
    const script = `
      const { OwnedProcess } = await import(${JSON.stringify(module)});
      const child = await OwnedProcess.spawn({ name: 'x', file: process.execPath, args: ['-e', 'setInterval(()=>{},1e6)'] });
      console.log(child.pid);
      setTimeout(() => { ${end} }, 10);`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    const pid = Number(run.stdout.trim());
    expect(pid).toBeGreaterThan(1);
    expect(run.status).not.toBe(0);
    await expect.poll(() => groupIsAlive(pid)).toBe(false);
  },
);
