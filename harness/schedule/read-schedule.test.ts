import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { parseSchedule, readSchedule, scheduleText } from './read-schedule.ts';
import type { Schedule } from './schedule.ts';

const schedule: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }],
  upstreams: 1,
  operations: [
    { session: 0, upstream: 0, kind: 'slow-early', gapMs: 5, executionMs: 200 },
    { session: 1, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 },
  ],
  faults: [
    { kind: 'kill', upstream: 0, operation: 0, phase: 'executing', durationMs: 80, severity: 0 },
  ],
};

const [slow, get] = schedule.operations as [
  Schedule['operations'][number],
  Schedule['operations'][number],
];
const [kill] = schedule.faults as [Schedule['faults'][number]];

function sentence(text: string): string {
  try {
    parseSchedule(text, 'x.json');
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}

test('what was written is read again, and what is no regular file is not waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'schedule-'));
  try {
    const file = join(folder, 'schedule.json');
    await writeFile(file, scheduleText(schedule));
    expect(await readSchedule(file)).toEqual(schedule);
    await expect(readSchedule(join(folder, 'other.json'))).rejects.toThrow(
      /cannot be read: ENOENT/,
    );
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    for (const odd of [pipe, folder, '/dev/zero']) {
      await expect(readSchedule(odd)).rejects.toThrow(
        new UsageError(`the schedule ${odd} cannot be read: it is not a regular file`),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each<readonly [string, Schedule, RegExp]>([
  [
    'a session that does not exist',
    { ...schedule, operations: [slow, { ...get, session: 2 }] },
    /operation 1 names session 2, and there are 2/,
  ],
  [
    'an upstream that does not exist',
    { ...schedule, operations: [{ ...slow, upstream: 1 }] },
    /operation 0 names upstream 1, and there are 1/,
  ],
  [
    'a fault on an operation that does not exist',
    { ...schedule, faults: [{ ...kill, operation: 2 }] },
    /fault 0 names operation 2, and there are 2/,
  ],
  [
    'a fault on an upstream that does not exist',
    { ...schedule, faults: [{ ...kill, upstream: 1 }] },
    /fault 0 names upstream 1/,
  ],
  [
    'a phase that the operation does not have',
    { ...schedule, faults: [{ ...kill, operation: 1 }] },
    /phase "executing", and a "get" has only idle, sent, after/,
  ],
  [
    'time for what takes none',
    { ...schedule, operations: [slow, { ...get, executionMs: 9 }] },
    /"get" that executes for 9 ms, and that kind takes no time/,
  ],
  [
    'too little time for a fault',
    { ...schedule, operations: [{ ...slow, executionMs: 9 }, get] },
    /less than 100 ms/,
  ],
  ['no session at all', { ...schedule, sessions: [] }, /sessions/],
  [
    'a kind that does not exist',
    { ...schedule, faults: [{ ...kill, kind: 'meteor' as 'kill' }] },
    /faults\[0\]\.kind/,
  ],
])('refuses %s', (_, wrong, said) => {
  expect(sentence(scheduleText(wrong))).toMatch(said);
});

test('refuses other schemas and damage', () => {
  const text = scheduleText(schedule);
  expect(sentence(text.slice(0, 80))).toMatch(/no JSON, so it was damaged or only half written/);
  expect(sentence(text.replace('"schema": 1', '"schema": 9'))).toMatch(
    /its schema is 9, and this version reads schema 1: use the version that wrote it/,
  );
  for (const other of ['null', '{}', '[]']) {
    expect(sentence(other)).toMatch(/x\.json cannot be used: it is no schedule/);
  }
});
