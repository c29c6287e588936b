import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalise } from '../schedule/normalise.ts';
import { parseSchedule, scheduleText } from '../schedule/read-schedule.ts';
import { scheduleArbitrary } from '../schedule/schedule-arbitrary.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { withOperations, withSessions } from './without.ts';

const call = { upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 } as const;
const fault = { kind: 'kill', upstream: 0, phase: 'sent', durationMs: 50, severity: 0 } as const;
const schedule: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }, { user: 0 }],
  upstreams: 1,
  operations: [0, 1, 2, 1].map((session, index) => ({ ...call, session, gapMs: index })),
  faults: [
    { ...fault, operation: 1 },
    { ...fault, operation: 3 },
  ],
};

test('a fault whose operation is left out meets the next one, or else the last', () => {
  expect(withOperations(schedule, [0, 2])).toMatchObject({
    operations: [{ gapMs: 0 }, { gapMs: 2 }],
    faults: [{ operation: 1 }, { operation: 1 }],
  });
  expect(withOperations(schedule, [])).toMatchObject({ operations: [], faults: [] });
});

test('a session takes its operations along, and the others keep theirs', () => {
  expect(withSessions(schedule, [1, 2])).toMatchObject({
    sessions: [{ user: 1 }, { user: 0 }],
    operations: [
      { session: 0, gapMs: 1 },
      { session: 1, gapMs: 2 },
      { session: 0, gapMs: 3 },
    ],
    faults: [{ operation: 0 }, { operation: 2 }],
  });
});

test('whatever is left out, what is left is a schedule', () => {
  fc.assert(
    fc.property(scheduleArbitrary(), fc.infiniteStream(fc.boolean()), (drawn, isKept) => {
      const all = normalise(drawn);
      const some = (items: readonly unknown[]): readonly number[] =>
        [...items.keys()].filter(() => isKept.next().value);
      for (const less of [
        withOperations(all, some(all.operations)),
        withSessions(all, some(all.sessions)),
      ]) {
        expect(parseSchedule(scheduleText(less), 'less')).toEqual(less);
      }
    }),
  );
});
