import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCommandLine, type Ended } from './command-line-for-test.ts';

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

test.each([
  [['--nope'], /unknown option .--nope.; --help says which there are/],
  [['load', '--nope'], /unknown option .--nope.; --help says which there are/],
  [['rnu'], /unknown command "rnu", did you mean "run"\?/],
  [['run', '--sed', '4'], /unknown option '--sed'\n\(Did you mean --seed\?\)/],
  [['run', '--seed', 'x'], /whole number from 0/],
  [['run', '--jobs', '0'], /whole number from 1 to 64/],
  [['run', '--time-budget', '30'], /more than 0 and a unit/],
  [['run', '--time-budget', '-5s'], /more than 0 and a unit/],
  [['run', 'isolation'], /no scenario matches "isolation", did you mean "isolation\/\*"/],
  [['run', 'ABC-99'], /about the requirement ABC-99; "mcp-gauntlet list --json" names those/],
  [['run', '1'], /no scenario reproduces the issue 1; known issues: .*#4205/],
  [['run', '--target', 'nope'], /unknown target "nope": there are .*reference/],
  [['run', '--target', 'x.yaml'], /x\.yaml/],
  [['run', '--command', 'x'], /--command needs --endpoint/],
  [['run', '--command', "node 'x", '--endpoint', 'http://y'], /an opening ' that is never closed/],
  [['run', '--command', '$NOPE', '--endpoint', 'http://y'], /unknown variable \$NOPE in "\$NOPE"/],
  [['run', '--endpoint', 'http://127.0.0.1:1/mcp'], /needs --upstream-port/],
  [['run', 'isolation/same-user', '--upstream-port', '18998'], /--upstream-port says nothing/],
  [['run', 'isolation/same-user', '--header', 'X: y'], /--header says nothing about which/],
  [['run', '--baseline', 'no.yaml'], /no\.yaml cannot be read: ENOENT/],
  [['replay'], /missing required argument/],
  [['replay', '1'], /no scenario reproduces the issue 1/],
  [['replay', 'nowhere'], /neither an issue nor a bundle/],
  [['recheck', 'nowhere'], /no bundle/],
  [['explain', 'isolation/same-usr'], /did you mean "isolation\/same-user"/],
  [['explain', 'same-user'], /did you mean "isolation\/same-user"/],
  [['load', '--profile', 'smok'], /no load profile "smok", did you mean "smoke"/],
  [['load', '--faults', 'all'], /Allowed choices are none, resets, mixed/],
  [['selftest', 'nope'], /no defect matches "nope"/],
  [['flake', 'nope'], /no scenario matches "nope"/],
  [['flake', '--runs', '0'], /whole number from 1/],
  [['flake', '--out', '/dev/null/x'], /--out \/dev\/null\/x cannot be written: ENOTDIR/],
  [['run', '--out', ''], /--out is empty: give it a path/],
  [['run', '--json', ''], /--json is empty: give it a path/],
])('%j is a usage error in one sentence', async (words, sentence) => {
  const { exitCode, stdout, stderr } = await cli(...words);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  expect([exitCode, stdout]).toEqual([64, '']);
  expect(await readdir(folder)).toEqual([]);
});

test.each(['--out', '--json', '--junit'])(
  '%s that cannot be written ends before the run',
  async (option) => {
    await writeFile(join(folder, 'file'), '');
    const { exitCode, stdout, stderr } = await cli('run', 'isolation/*', option, 'file/inside');
    expect(stderr).toMatch(new RegExp(`${option} file/inside cannot be written: (ENOTDIR|EEXIST)`));
    expect([exitCode, stdout]).toEqual([64, '']);
  },
);

test('a folder is no file to write to', async () => {
  const { exitCode, stderr } = await cli('run', '--json', '.');
  expect(stderr).toContain('--json . cannot be written: it is a folder');
  expect(exitCode).toBe(64);
});

test('a baseline that can match nothing ends before the run', async () => {
  await writeFile(
    join(folder, 'b.yaml'),
    '- { scenario: nope/*, check: own-counter, reason: x }\n',
  );
  const { exitCode, stderr } = await cli('run', '--baseline', 'b.yaml');
  expect(stderr).toContain('b.yaml:1: scenario: "nope/*" matches no scenario');
  expect(exitCode).toBe(64);
});

test('help names every command and exit code', async () => {
  const { exitCode, stdout } = await cli('--help');
  for (const word of [
    'run',
    'load',
    'replay',
    'recheck',
    'list',
    'explain',
    'selftest',
    'flake',
    'doctor',
    'gateway',
    '124',
  ]) {
    expect(stdout).toContain(word);
  }
  expect(exitCode).toBe(0);
});

test('list prints what can be named, as JSON too', async () => {
  const text = await cli('list');
  expect(text.stdout).toContain('isolation/same-user');
  const { exitCode, stdout } = await cli('list', '--json');
  const listed = JSON.parse(stdout) as Record<string, readonly Record<string, unknown>[]>;
  expect(listed['scenarios']?.map(({ id }) => id)).toContain('isolation/same-user');
  expect(listed['defects']?.length).toBeGreaterThan(0);
  expect(listed['targets']).toContain('reference');
  expect(exitCode).toBe(0);
});

test.each([
  ['isolation/same-user', /reproduces:\n {2}IBM\/mcp-context-forge#4205/],
  ['own-counter', /is proven by:\n/],
  ['iso-02', /requirement ISO-02/],
  ['duplicate', /anomaly DUPLICATE: an increment was applied more than once/],
  ['storm/12', /^storm: [^]*run storm\/12 --seed 1/],
  ['load/users-1000', /^load profile users-1000: A thousand users/],
  ['4205', /is reproduced by:\n {2}isolation\/same-user/],
])('explain %s', async (id, part) => {
  const { exitCode, stdout } = await cli('explain', id);
  expect(stdout).toMatch(part);
  expect(exitCode).toBe(0);
});
