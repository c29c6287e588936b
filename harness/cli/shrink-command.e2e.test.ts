import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { within } from '../lifecycle/deadline.ts';
import { programFile } from '../paths.ts';
import { readBundle } from '../run/read-bundle.ts';
import { scheduleText } from '../schedule/read-schedule.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { runCommandLine } from './run-command-line.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { startCommandLine, type Ended } from './command-line-for-test.ts';

/** Two sessions that count, and things that have nothing to do with what is wrong. */
const SCHEDULE: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }],
  upstreams: 1,
  operations: (['get', 'increment', 'slow-early'] as const).map((kind, index) => ({
    session: index % 2,
    upstream: 0,
    kind,
    gapMs: 10,
    executionMs: kind === 'slow-early' ? 100 : 0,
  })),
  faults: [
    { kind: 'latency', upstream: 0, operation: 1, phase: 'idle', durationMs: 80, severity: 0 },
  ],
};

let folder: string;
let bundle: string;

function cli(...words: readonly string[]): Promise<Ended> {
  return startCommandLine(folder, ...words).ended;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shrink-'));
  await writeFile(join(folder, 'schedule.json'), scheduleText(SCHEDULE));
  await writeFile(
    join(folder, 'answering-twice.yaml'),
    [
      'name: answering-twice',
      'version: "1"',
      `command: ${process.execPath} ${programFile('fixtures/defects/answered-twice')} --port $PORT $UPSTREAM_ARGUMENTS --user alice=a --user bob=b`,
      'upstreamArguments: --upstream $UPSTREAM_NAME=$UPSTREAM_URL',
      "endpoint: 'http://127.0.0.1:$PORT/mcp'",
      'users: { alice: { headers: { Authorization: Bearer a } }, bob: { headers: { Authorization: Bearer b } } }',
    ].join('\n'),
  );
  const words = [
    '--schedule',
    'schedule.json',
    '--target',
    'answering-twice.yaml',
    '--out',
    'found',
  ];
  const { exitCode, stdout, stderr } = await cli('run', 'storm', ...words);
  if (exitCode !== 1) throw new Error(`nothing to shrink: ${exitCode}\n${stdout}\n${stderr}`);
  bundle = join(folder, 'found', 'bundles', 'storm--file');
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('a bundle shrinks to what is needed, and the new one says how often that fails', async () => {
  // Into the folder of a run whose bundles are called as the steps of the search are.
  const bundles = join(folder, 'found', 'bundles');
  const second = join(bundles, 'storm--file.1');
  await cp(bundle, second, { recursive: true });
  const before = await readdir(join(folder, 'found'), { recursive: true });
  const words = ['--budget', '30s', '--confirmations', '2', '--out', 'found'];
  const shrink = await cli('shrink', second, ...words);
  expect(shrink.exitCode, shrink.stdout + shrink.stderr).toBe(1);
  expect(shrink.stdout).toMatch(/shown again in \d+ of \d+ runs/);
  expect(shrink.stdout).toMatch(/the finding was shown again, in [\d.]+ s, exit code 1\n$/);
  expect(shrink.stdout).toMatch(/1 session, 0 operations, 0 faults/);
  const small = await readBundle(join(folder, 'found', 'shrunk'));
  expect(small.schedule).toMatchObject({ operations: [], faults: [] });
  expect(small.parent).toBe('storm--file.1');
  expect(small.reproduction?.attempts).toBeGreaterThan(0);
  expect(small.reproduction?.failures).toBeGreaterThan(0);
  expect(small.judged.findings.map(({ check }) => check)).toContain('one-outcome');
  const after = await readdir(join(folder, 'found'), { recursive: true });
  expect(after.filter((path) => !path.startsWith('shrunk')).sort()).toEqual(before.sort());
  expect(await readBundle(second)).toEqual(await readBundle(bundle));
}, 60_000);

test('what does not fail on this target is never shown again: nothing is shrunk', async () => {
  const words = ['--target', 'reference', '--budget', '3s', '--out', 'none'];
  const shrink = await cli('shrink', bundle, ...words);
  expect(shrink.exitCode, shrink.stdout + shrink.stderr).toBe(2);
  expect(shrink.stdout).toMatch(/nothing was shrunk: no run showed it again.*, exit code 2\n$/);
}, 60_000);

test('an interruption is one sentence with its exit code', async () => {
  const { child, ended, said } = startCommandLine(folder, 'shrink', bundle, '--out', 'cut');
  await said('1 fault');
  child.kill('SIGINT');
  const { exitCode, stdout } = await within(20_000, 'the teardown', ended);
  expect(exitCode, stdout).toBe(130);
  expect(stdout).toMatch(/\ninterrupted after [\d.]+ m?s: nothing was shrunk, exit code 130\n$/);
  expect(stdout).not.toMatch(/0 of 0|not run/);
  expect(await readdir(join(folder, 'cut'))).toEqual([]);
}, 60_000);

test('a budget that is enough for nothing, and a bundle without a schedule or without a finding are refused', async () => {
  // In this process: what is refused starts nothing.
  const refused = async (...words: readonly string[]): Promise<string> => {
    const said: string[] = [];
    const complaints: string[] = [];
    const terminal: Terminal = {
      ...processTerminal(),
      write: (text: string) => void said.push(text),
      complain: (text: string) => void complaints.push(text),
    };
    const exitCode = await runCommandLine(['shrink', ...words], terminal);
    expect({ exitCode, said }).toEqual({ exitCode: 64, said: [] });
    return complaints.join('');
  };
  /** A copy of the bundle in which one file says something else. */
  const altered = async (file: string, alter: (text: string) => string): Promise<string> => {
    const copy = join(folder, `altered-${file}`);
    await cp(bundle, copy, { recursive: true });
    await writeFile(join(copy, file), alter(await readFile(join(bundle, file), 'utf8')));
    return copy;
  };
  const handWritten = await altered('manifest.json', (text) =>
    text.replace('"hasSchedule": true', '"hasSchedule": false'),
  );
  const sound = await altered('findings.json', (text) =>
    JSON.stringify({ ...(JSON.parse(text) as object), findings: [], verdict: 'pass' }),
  );
  const link = join(folder, 'link');
  await symlink(bundle, link);
  const taken = join(folder, 'taken');
  await mkdir(join(taken, 'shrunk'), { recursive: true });
  const said = await Promise.all([
    refused(bundle, '--budget', '10ms'),
    refused(handWritten),
    refused(sound),
    refused(bundle, '--confirmations', '0'),
    refused(bundle, '--out', bundle),
    refused(bundle, '--out', join(link, 'new', 'folder')),
    refused(bundle, '--out', taken),
  ]);
  expect(said).toEqual([
    expect.stringMatching(
      /--budget 10ms is too small to do anything: one run of this schedule took .*, so give \d+s or more/,
    ),
    expect.stringMatching(/holds no schedule: storm\/file was written by hand/),
    expect.stringMatching(/has no finding to keep while its schedule shrinks/),
    expect.stringMatching(/Give a whole number from 1 to 100/),
    expect.stringMatching(/would be written into the bundle .* itself: give another folder/),
    expect.stringMatching(/would be written into the bundle .* itself: give another folder/),
    expect.stringMatching(/holds "shrunk" already, which is never replaced: give another folder/),
  ]);
  expect(await readdir(bundle)).not.toContain('new');
}, 60_000);
