import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until, within } from '../lifecycle/deadline.ts';
import { programFile } from '../paths.ts';
import { startCommandLine, startCommandLineIn, type Ended } from './command-line-for-test.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-line-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function cli(...words: readonly string[]): Promise<Ended> {
  return startCommandLine(folder, ...words).ended;
}

interface Report {
  readonly seed: number;
  readonly exitCode: number;
  readonly totals: Readonly<Record<string, number>>;
  readonly scenarios: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly bundle: string;
    readonly findings: readonly { readonly check: string }[];
  }[];
}

async function reportIn(file: string): Promise<Report> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as Report;
}

const SCENARIO = 'isolation/same-user';
const RUDE = [
  '--command',
  `${process.execPath} ${programFile('harness/cli/rude-gateway-for-test')} $PORT $UPSTREAM_URL`,
  '--endpoint',
  'http://127.0.0.1:$PORT/mcp',
  '--header',
  'X-Key: only-for-us-4711',
];

test('a run leaves its reports, a bundle that is judged alike, and a bundle that runs again', async () => {
  const words = [
    'run',
    SCENARIO,
    '--seed',
    '7',
    '--json',
    'r.json',
    '--junit',
    'r.xml',
    '--out',
    'o',
  ];
  const run = await cli(...words);
  expect(run.stdout.split('\n')[0]).toMatch(
    /^mcp-gauntlet \d.* target reference .* seed 7 .* npx mcp-gauntlet run isolation\/same-user --seed 7$/,
  );
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  const report = await reportIn('r.json');
  expect(report).toMatchObject({ seed: 7, exitCode: 0, totals: { pass: 1, fail: 0 } });
  expect(XMLValidator.validate(await readFile(join(folder, 'r.xml'), 'utf8'))).toBe(true);
  expect(await readdir(join(folder, 'o'))).toEqual(
    expect.arrayContaining(['summary.md', 'report.json', 'junit.xml', 'bundles']),
  );
  const bundle = report.scenarios[0]?.bundle ?? '';
  const rechecked = await cli('recheck', bundle);
  expect(rechecked).toMatchObject({ exitCode: 0, stderr: '' });
  expect(rechecked.stdout).toContain('judged again: pass, the same');
  const replayed = await cli('replay', bundle);
  expect(replayed.exitCode).toBe(0);
  expect(replayed.stdout.split('\n')[0]).toContain('seed 7');
});

test('a violation is told with its evidence and without secrets, and a baseline can expect it', async () => {
  const run = await cli('run', SCENARIO, ...RUDE, '--seed', '7', '--out', 'o', '--junit', 'r.xml');
  expect(run.exitCode).toBe(1);
  for (const part of [
    'FAIL',
    'no-empty-error',
    'evidence: h',
    'recheck',
    '| POST with [redacted]',
  ]) {
    expect(run.stdout).toContain(part);
  }
  const xml = await readFile(join(folder, 'r.xml'), 'utf8');
  expect(xml).toMatch(/<failure [^>]*type="[a-z-]+"/);
  const written = await readdir(join(folder, 'o'), { recursive: true, withFileTypes: true });
  const texts = written
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(texts.length).toBeGreaterThan(5);
  expect([run.stdout, run.stderr, ...texts].filter((text) => text.includes('4711'))).toEqual([]);

  const report = await reportIn('o/report.json');
  const checks = new Set(report.scenarios[0]?.findings.map(({ check }) => check));
  const entries = [...checks].map((check) => ({ scenario: 'isolation/*', check, reason: 'rude' }));
  await writeFile(join(folder, 'b.yaml'), JSON.stringify(entries));
  const expected = await cli('run', SCENARIO, ...RUDE, '--seed', '7', '--baseline', 'b.yaml');
  expect(expected.stdout).toContain('expected by the baseline: rude');
  expect(expected.exitCode).toBe(0);
});

test('a baseline whose finding does not come is stale', async () => {
  await writeFile(
    join(folder, 'b.yaml'),
    `- { scenario: ${SCENARIO}, check: own-counter, reason: x }`,
  );
  const { exitCode, stdout } = await cli('run', SCENARIO, '--baseline', 'b.yaml');
  expect(stdout).toContain(`stale baseline: ${SCENARIO} no longer violates own-counter`);
  expect(exitCode).toBe(3);
});

test('a job summary that cannot be written is a note, and the verdict stays', async () => {
  const environment = { GITHUB_STEP_SUMMARY: '/proc/nope' };
  const run = await startCommandLineIn(environment, folder, 'run', SCENARIO, '--out', 'o').ended;
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).not.toContain('holds a report already');
  expect(run.stdout).toContain('GITHUB_STEP_SUMMARY /proc/nope cannot be written: ENOENT');
  expect(run.stdout).toMatch(/everything judged was as expected in .*, exit code 0/);
});

test('a target that ends at once is not ready, with its last words, and the reports say so', async () => {
  const program = `${process.execPath} -e 'console.log("no licence"); process.exit(3)'`;
  const words = ['--command', program, '--endpoint', 'http://127.0.0.1:$PORT/mcp'];
  const { exitCode, stdout } = await cli('run', SCENARIO, ...words, '--json', 'r.json');
  expect(stdout).toContain('no licence');
  expect(exitCode).toBe(69);
  expect((await reportIn('r.json')).exitCode).toBe(69);
});

test('a time budget that is over ends the run with what there is', async () => {
  const words = ['run', SCENARIO, '--repeat', '10000', '--time-budget', '6s', '--json', 'r.json'];
  await writeFile(join(folder, 'report.json'), '{}');
  const { exitCode: code, stdout } = await cli(...words, '--out', '.');
  expect(stdout).toMatch(/holds a report already: it is overwritten/);
  expect(code).toBe(124);
  const { exitCode, scenarios } = await reportIn('r.json');
  expect(exitCode).toBe(124);
  expect(scenarios.length).toBeGreaterThan(0);
});

test('a second run in one folder is sent away, and SIGTERM leaves a report and no process', async () => {
  const words = ['run', SCENARIO, '--repeat', '10000', '--out', 'o', '--json', 'r.json'];
  const { child, ended, said } = startCommandLine(folder, ...words);
  await said('[    1/10000]');
  const second = await cli('run', SCENARIO, '--out', 'o');
  expect(second).toMatchObject({ exitCode: 64, stdout: '' });
  expect(second.stderr).toMatch(/process \d+ writes to .*\/o: wait for its end/);
  const children = childrenOf(child.pid ?? 0);
  expect(children.length).toBeGreaterThan(1);
  child.kill('SIGTERM');
  const { exitCode, stderr } = await within(20_000, 'the teardown', ended);
  expect(stderr).toContain('SIGTERM: tearing down');
  expect(exitCode).toBe(130);
  // They were sent SIGKILL before it ended; the kernel takes them down in its own time.
  await until(5_000, 'its children to be gone', () => !children.some(isAlive));
  const report = await reportIn('r.json');
  expect(report.exitCode).toBe(130);
  expect(report.totals['pass']).toBeGreaterThan(0);
  expect(report.totals['fail']).toBe(0);
  expect(existsSync(join(folder, 'o/.lock'))).toBe(false);
});

test('an interrupted selftest has no verdict on what it did not finish', async () => {
  const { child, ended, said } = startCommandLine(folder, 'selftest', 'cancel-dropped');
  await said('selftest · seed');
  child.kill('SIGINT');
  const { exitCode, stdout } = await within(20_000, 'the teardown', ended);
  expect(stdout).toContain('interrupted: 1 defect has no verdict (cancel-dropped)');
  expect(stdout).not.toMatch(/NOT CONVICTED|\bNO\b/);
  expect(exitCode).toBe(130);
});

test('an interrupted load says after how long, and where what it recorded is', async () => {
  const words = ['load', '--profile', 'smoke', '--users', '5', '--out', 'o'];
  const { child, ended, said } = startCommandLine(folder, ...words);
  await said('k6 sends');
  child.kill('SIGINT');
  const { exitCode, stdout } = await within(20_000, 'the teardown', ended);
  const out = join(folder, 'o');
  expect(stdout).toMatch(/interrupted by SIGINT after [\d.]+ m?s, before anything was judged/);
  expect(stdout).toContain(`recorded by then is in ${out}\nexit code 130, report: o/summary.md`);
  const summary = await readFile(join(out, 'summary.md'), 'utf8');
  expect(summary).toMatch(/\*\*Interrupted:\*\* interrupted by SIGINT after/);
  expect(summary).not.toMatch(/could not begin|\| 0 \|/);
  expect(exitCode).toBe(130);
});

test('a second signal ends everything at once', async () => {
  const { child, ended, said } = startCommandLine(folder, 'run', SCENARIO, '--repeat', '10000');
  await said('[    1/10000]');
  const children = childrenOf(child.pid ?? 0);
  child.kill('SIGINT');
  child.kill('SIGTERM');
  expect((await within(5_000, 'the end', ended)).exitCode).toBe(130);
  // They were sent SIGKILL before it ended; the kernel takes them down in its own time.
  await until(5_000, 'its children to be gone', () => !children.some(isAlive));
});

test('the gateway alone passes signals and its exit code through', async () => {
  const words = ['gateway', '--upstream', 'counter=http://127.0.0.1:9/mcp'];
  const { child, ended, said } = startCommandLine(folder, ...words);
  await said('"ready":true');
  child.kill('SIGTERM');
  expect((await within(20_000, 'the gateway to end', ended)).exitCode).toBe(0);
  expect((await cli('gateway', '--nope')).exitCode).not.toBe(0);
});

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(/\s+/).map(Number);
}

/** A zombie that nobody reaped yet is as good as gone. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'utf8'));
}

test('a violation is told and is the exit code, also where its evidence cannot be written', async () => {
  await mkdir(join(folder, 'o'));
  await writeFile(join(folder, 'o', 'bundles'), '');
  const run = await cli('run', SCENARIO, ...RUDE, '--seed', '7', '--out', 'o');
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toMatch(/FAIL .*isolation\/same-user[^]*no-empty-error/);
  expect(run.stdout).toMatch(/the evidence cannot be written \(E.*\): make room there, or say/);
  expect(run.stdout + run.stderr).not.toContain('internal error');
  const report = await reportIn('o/report.json');
  expect([report.exitCode, report.scenarios[0]?.verdict]).toEqual([1, 'fail']);
  expect(report.scenarios[0]?.bundle).toBeUndefined();
});
