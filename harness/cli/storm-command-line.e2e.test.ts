import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programFile } from '../paths.ts';
import { readSchedule, scheduleText } from '../schedule/read-schedule.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { startCommandLine, type Ended } from './command-line-for-test.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storm-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function cli(...words: readonly string[]): Promise<Ended> {
  return startCommandLine(folder, ...words).ended;
}

interface Report {
  readonly exitCode: number;
  readonly coverage?: { readonly cells: readonly unknown[]; readonly missing: readonly string[] };
  readonly scenarios: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly bundle?: string;
    readonly findings: readonly { readonly check: string }[];
  }[];
}

async function reportIn(file: string): Promise<Report> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as Report;
}

/** The reference gateway, with one part replaced. */
async function defective(defect: string): Promise<string> {
  const file = join(folder, `${defect}.yaml`);
  const gateway = programFile(`fixtures/defects/${defect}`);
  await writeFile(
    file,
    [
      `name: ${defect}`,
      'version: "1"',
      `command: ${process.execPath} ${gateway} --port $PORT $UPSTREAM_ARGUMENTS --user alice=a --user bob=b`,
      'upstreamArguments: --upstream $UPSTREAM_NAME=$UPSTREAM_URL',
      "endpoint: 'http://127.0.0.1:$PORT/mcp'",
      'users: { alice: { headers: { Authorization: Bearer a } }, bob: { headers: { Authorization: Bearer b } } }',
      'claims: { upstreams: many }',
    ].join('\n'),
  );
  return file;
}

test('a storm ends at its first violation, with the schedule that showed it, which is found again', async () => {
  const target = await defective('shared-upstream-session');
  const words = ['--target', target, '--seed', '3'];
  const storm = await cli('run', 'storm', ...words, '--budget', '30s', '--json', 'r.json');
  expect(storm.exitCode).toBe(1);
  expect(storm.stdout).toMatch(/FAIL {2}storm\/\d+/);
  const report = await reportIn('r.json');
  expect(report.exitCode).toBe(1);
  expect(report.coverage?.cells).toBeInstanceOf(Array);
  const failed = report.scenarios.find(({ verdict }) => verdict === 'fail');
  const bundle = failed?.bundle ?? '';
  const schedule = join(bundle, 'schedule.json');
  const { sessions } = await readSchedule(schedule);
  expect(sessions.length).toBeGreaterThan(1);
  for (const again of [
    ['replay', bundle],
    ['run', 'storm', '--schedule', schedule, ...words],
  ]) {
    expect((await cli(...again, '--json', 'again.json')).exitCode, again.join(' ')).toBe(1);
    const [found] = (await reportIn('again.json')).scenarios;
    expect(found?.findings.map(({ check }) => check)).toContain('own-counter');
  }
  expect((await cli('recheck', bundle)).exitCode).toBe(1);
});

test('a storm that was too short for what it must meet proves nothing, and says what is missing', async () => {
  const storm = await cli('run', 'storm', '--seed', '3', '--budget', '1s', '--json', 'r.json');
  expect(storm.exitCode).toBe(2);
  expect(storm.stdout).toContain('fault × phase');
  expect(storm.stdout).toMatch(/must meet never happened.*give it more time: .* × executing/s);
  const report = await reportIn('r.json');
  expect(report.coverage?.missing.length).toBeGreaterThan(0);
  expect(report.scenarios.at(-1)).toMatchObject({
    id: 'run/storm-coverage',
    verdict: 'inconclusive',
  });
});

test('a schedule that names sessions that do not exist is refused before anything starts', async () => {
  const schedule: Schedule = {
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [{ session: 0, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 }],
    faults: [],
  };
  const text = scheduleText(schedule);
  await writeFile(join(folder, 'who.json'), text.replace('"session": 0', '"session": 4'));
  const who = await cli('run', 'storm', '--schedule', 'who.json');
  expect(who).toMatchObject({ exitCode: 64, stdout: '' });
  expect(who.stderr).toMatch(/names session 4, and there are 1/);
});

test('storms against a defect find it, and leave a page', async () => {
  const words = ['selftest', 'shared-upstream-session', '--storm', '--seeds', '1', '--seed', '3'];
  const hunt = await cli(...words, '--budget', '20s', '--page', 'storm.md', '--json', 'storm.json');
  expect(hunt).toMatchObject({ exitCode: 0, stderr: '' });
  expect(hunt.stdout).toMatch(
    /found shared-upstream-session in 1 of 1 storms, .* by .*own-counter/,
  );
  const page = await readFile(join(folder, 'storm.md'), 'utf8');
  expect(page).toMatch(/\| `shared-upstream-session` .*\*\*own-counter\*\*/);
  const stray = await cli('selftest', '--budget', '20s');
  expect(stray).toMatchObject({ exitCode: 64, stdout: '' });
  expect(stray.stderr).toContain('--budget is about storms: say "selftest --storm"');
});
