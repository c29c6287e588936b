import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { aRound, anAlarm, SUBJECT } from './flake-for-test.ts';
import type { FlakeRound } from './flake-round.ts';
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

/** What a call leaves that appends these rounds. */
async function call(...rounds: readonly FlakeRound[]): Promise<FlakeState> {
  await using state = await FlakeState.open(file, SUBJECT);
  for (const round of rounds) await state.append(round);
  return state;
}

test('begins where there is nothing, and goes on where it ended', async () => {
  expect(await FlakeState.read(file)).toBeUndefined();
  await call(aRound({ alarms: [anAlarm()] }));
  await call(aRound({ round: 1, passed: { 'group/one': 3 } }));
  const { rounds, subject } = await call();
  expect(subject).toEqual(SUBJECT);
  expect(rounds).toEqual([
    aRound({ alarms: [anAlarm()] }),
    aRound({ round: 1, passed: { 'group/one': 3 } }),
  ]);
});

test('drops the round that was half written when the process was killed', async () => {
  await call(aRound());
  const whole = await readFile(file, 'utf8');
  for (const half of ['{', JSON.stringify(aRound({ round: 1 }))]) {
    await appendFile(file, half);
    expect((await FlakeState.read(file))?.rounds).toEqual([aRound()]);
    expect((await call()).rounds).toEqual([aRound()]);
    expect(await readFile(file, 'utf8')).toBe(whole);
  }
});

test('reads a state that does not say how its target was started, and does not go on with it', async () => {
  const { start, ...older } = SUBJECT;
  const lines = [{ schema: 1, subject: older }, aRound()].map((line) => JSON.stringify(line));
  await writeFile(file, `${lines.join('\n')}\n`);
  expect(await FlakeState.read(file)).toMatchObject({ subject: older, rounds: [aRound()] });
  await expect(call()).rejects.toThrow(`a target started as unknown, and this is ${start}`);
});

test('begins in a file that is empty', async () => {
  await writeFile(file, '');
  await call(aRound());
  expect((await call()).rounds).toHaveLength(1);
});

test.each([
  ['suite', '2.0.0', /suite 1\.2\.3, and this is suite 2\.0\.0/],
  ['sources', '000000000000', /sources abcdef012345, and this is sources 000000000000/],
  ['target', 'other 1', /target reference 1\.2\.3, and this is target other 1/],
  [
    'start',
    'other at http://x',
    /a target started as gw at .*, and this is other at http:\/\/x: name/,
  ],
  ['claims', '{"loss":"told"}', /a target with other claims/],
  ['load', 'stress', /load plain, and this is load stress/],
  ['seed', 8, /seed 7, and this is seed 8/],
])('refuses to count runs of another %s together, and leaves them', async (name, value, why) => {
  await call(aRound());
  const before = await readFile(file, 'utf8');
  const other = FlakeState.open(file, { ...SUBJECT, [name]: value });
  await expect(other).rejects.toThrow(UsageError);
  await expect(other).rejects.toThrow(why);
  expect(await readFile(file, 'utf8')).toBe(before);
});

test.each([
  ['no JSON', 'x\n'],
  ['another schema', '{"schema":2,"subject":{}}\n'],
  ['no end', JSON.stringify({ schema: 1, subject: SUBJECT })],
  ['what somebody wrote who ends no lines', '{"mine":1}\n{"mine":2}'],
  ['one line of theirs', '{"mine":1}'],
])('refuses and keeps a file of another make: %s', async (_, text) => {
  await writeFile(file, text);
  await expect(call()).rejects.toThrow(/^line 1 of .*plain\.jsonl is damaged/);
  expect(await readFile(file, 'utf8')).toBe(text);
});

test.each([
  ['without its fields', '{"round":1}', /^line 3 of .*name another folder/],
  ['that is there already', JSON.stringify(aRound()), /^line 3 .*round 0 where round 1 belongs/],
])('says which round is damaged: one %s', async (_, line, why) => {
  await call(aRound());
  await appendFile(file, `${line}\n`);
  await expect(call()).rejects.toThrow(why);
});

test('a second writer is sent away before it does anything', async () => {
  await using state = await FlakeState.open(file, SUBJECT);
  const second = FlakeState.open(file, SUBJECT);
  await expect(second).rejects.toThrow(UsageError);
  await expect(second).rejects.toThrow(
    /^process \d+ writes to .*plain\.jsonl: wait for its end or name another folder/,
  );
  await state.append(aRound());
  expect((await FlakeState.read(file))?.rounds).toHaveLength(1);
});

test('a refused state is locked no longer', async () => {
  await call();
  await expect(FlakeState.open(file, { ...SUBJECT, seed: 8 })).rejects.toThrow('seed');
  expect(await readdir(folder)).toEqual(['plain.jsonl']);
});

test('a file that somebody else wrote to is left alone', async () => {
  await using state = await FlakeState.open(file, SUBJECT);
  await appendFile(file, 'x');
  await expect(state.append(aRound())).rejects.toThrow(/another process writes to/);
});
