import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { aRound, anAlarm, SUBJECT } from './flake-for-test.ts';
import { FlakeState } from './flake-state.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flake-state-'));
  file = join(folder, 'plain.jsonl');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('begins where there is nothing, and goes on where it ended', async () => {
  expect(await FlakeState.read(file)).toBeUndefined();
  const first = await FlakeState.open(file, SUBJECT);
  await first.append(aRound({ alarms: [anAlarm()] }));
  const second = await FlakeState.open(file, SUBJECT);
  await second.append(aRound({ round: 1, passed: { 'group/one': 3 } }));
  const { rounds, subject } = await FlakeState.open(file, SUBJECT);
  expect(subject).toEqual(SUBJECT);
  expect(rounds).toEqual([
    aRound({ alarms: [anAlarm()] }),
    aRound({ round: 1, passed: { 'group/one': 3 } }),
  ]);
});

test('drops the line that was half written when the process was killed', async () => {
  const state = await FlakeState.open(file, SUBJECT);
  await state.append(aRound());
  const whole = await readFile(file, 'utf8');
  for (const half of ['{', JSON.stringify(aRound())]) {
    await appendFile(file, half);
    const found = await FlakeState.open(file, SUBJECT);
    expect(found.rounds).toEqual([aRound()]);
    expect(await readFile(file, 'utf8')).toBe(whole);
  }
});

test('begins anew where not even the first line was written', async () => {
  await writeFile(file, '{"schema":1,"subj');
  const state = await FlakeState.open(file, SUBJECT);
  await state.append(aRound());
  expect((await FlakeState.open(file, SUBJECT)).rounds).toHaveLength(1);
});

test.each([
  ['suite', '2.0.0', /suite 1\.2\.3, and this is suite 2\.0\.0/],
  ['sources', '000000000000', /sources abcdef012345, and this is sources 000000000000/],
  ['target', 'other 1', /target reference 1\.2\.3, and this is target other 1/],
  ['claims', '{"loss":"told"}', /a target with other claims/],
  ['load', 'stress', /load plain, and this is load stress/],
  ['seed', 8, /seed 7, and this is seed 8/],
])('refuses to count runs of another %s together, and leaves them', async (name, value, why) => {
  await (await FlakeState.open(file, SUBJECT)).append(aRound());
  const before = await readFile(file, 'utf8');
  const other = FlakeState.open(file, { ...SUBJECT, [name]: value });
  await expect(other).rejects.toThrow(UsageError);
  await expect(other).rejects.toThrow(why);
  expect(await readFile(file, 'utf8')).toBe(before);
});

test.each([
  ['no JSON', 'x\n'],
  ['another schema', '{"schema":2,"subject":{}}\n'],
])('says where a file is damaged: %s', async (_, first) => {
  await writeFile(file, first);
  await expect(FlakeState.open(file, SUBJECT)).rejects.toThrow(/^line 1 of .*plain\.jsonl is/);
});

test('says which round is damaged', async () => {
  const state = await FlakeState.open(file, SUBJECT);
  await state.append(aRound());
  await appendFile(file, '{"round":1}\n');
  await expect(FlakeState.open(file, SUBJECT)).rejects.toThrow(/^line 3 of .*name another folder/);
});

test('two processes that write to one file are told', async () => {
  const [one, two] = [await FlakeState.open(file, SUBJECT), await FlakeState.open(file, SUBJECT)];
  await one.append(aRound());
  await expect(two.append(aRound())).rejects.toThrow(/another process writes to/);
  expect((await FlakeState.open(file, SUBJECT)).rounds).toHaveLength(1);
});
