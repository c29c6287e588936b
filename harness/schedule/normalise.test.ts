import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalise } from './normalise.ts';
import { parseSchedule, scheduleText } from './read-schedule.ts';
import { scheduleArbitrary } from './schedule-arbitrary.ts';
import type { Schedule } from './schedule.ts';

test('a normal schedule stands for itself, and its file is read as what it is', () => {
  fc.assert(
    fc.property(scheduleArbitrary(), (drawn) => {
      const normal = normalise(drawn);
      expect(normalise(normal)).toEqual(normal);
      expect(parseSchedule(scheduleText(normal), 'drawn')).toEqual(normal);
      expect(normal.operations).toHaveLength(drawn.operations.length);
    }),
  );
});

const drawn: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }],
  upstreams: 1,
  operations: [
    { session: 5, upstream: 1, kind: 'slow-late', gapMs: 3, executionMs: 1 },
    { session: 2, upstream: 0, kind: 'get', gapMs: 0, executionMs: 70 },
  ],
  faults: [
    { kind: 'kill', upstream: 1, operation: 2, phase: 'streaming', durationMs: 1, severity: 1 },
    { kind: 'down', upstream: 0, operation: 3, phase: 'executing', durationMs: 99, severity: 0 },
  ],
};

test('indices wrap around, lengths and phases become possible ones', () => {
  expect(normalise(drawn)).toEqual({
    ...drawn,
    operations: [
      { session: 1, upstream: 0, kind: 'slow-late', gapMs: 3, executionMs: 100 },
      { session: 0, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 },
    ],
    faults: [
      { kind: 'kill', upstream: 0, operation: 0, phase: 'executing', durationMs: 50, severity: 1 },
      { kind: 'down', upstream: 0, operation: 1, phase: 'sent', durationMs: 99, severity: 0 },
    ],
  });
});

test('without operations there are no faults, without sessions there is one', () => {
  expect(normalise({ ...drawn, sessions: [], operations: [] })).toEqual({
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [],
    faults: [],
  });
});
