import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Schedule } from './schedule.ts';
import { scheduleShape } from './schedule-shape.ts';

const SCHEDULE: Schedule = {
  sessions: [{ user: 0 }],
  upstreams: 1,
  operations: [{ session: 0, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 }],
  faults: [{ kind: 'down', upstream: 0, operation: 0, phase: 'idle', durationMs: 50, severity: 0 }],
};

test('takes a schedule as it is', () => {
  expect(scheduleShape.parse(JSON.parse(JSON.stringify(SCHEDULE)))).toEqual(SCHEDULE);
});

test.each([
  [{ sessions: [] }, /no session 0: the schedule has 0.*operations\[0\]\.session/],
  [{ operations: [] }, /no operation 0: the schedule has 0.*faults\[0\]\.operation/],
  [
    { operations: SCHEDULE.operations.map((one) => ({ ...one, upstream: 1 })) },
    /no upstream 1.*operations\[0\]\.upstream/,
  ],
  [
    { faults: SCHEDULE.faults.map((one) => ({ ...one, upstream: 1 })) },
    /no upstream 1.*faults\[0\]\.upstream/,
  ],
  [{ upstreams: 3 }, /upstreams/],
  [{ faults: SCHEDULE.faults.map((one) => ({ ...one, kind: 'fire' })) }, /faults\[0\]\.kind/],
])('refuses %j', (change, sentence) => {
  const { error } = scheduleShape.safeParse({ ...SCHEDULE, ...change });
  expect(error && z.prettifyError(error).replaceAll('\n', ' ')).toMatch(sentence);
});
