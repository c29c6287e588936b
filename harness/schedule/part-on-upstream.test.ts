import { expect, test } from 'vitest';
import { partOnUpstream } from './part-on-upstream.ts';
import type { Schedule, ScheduledFault, ScheduledOperation } from './schedule.ts';

const get: ScheduledOperation = { session: 0, upstream: 0, kind: 'get', gapMs: 1, executionMs: 0 };
const kill: ScheduledFault = {
  kind: 'kill',
  upstream: 0,
  operation: 0,
  phase: 'idle',
  durationMs: 50,
  severity: 0,
};

const schedule: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }],
  upstreams: 2,
  operations: [
    { ...get, upstream: 1 },
    { ...get, kind: 'increment' },
    { ...get, upstream: 1, session: 1 },
    { ...get, session: 1 },
  ],
  faults: [
    { ...kill, operation: 3 },
    { ...kill, operation: 0 },
    { ...kill, upstream: 1, operation: 3 },
  ],
};

test('keeps the operations and faults of one upstream, and what times them', () => {
  expect(partOnUpstream(schedule, 0)).toEqual({
    sessions: schedule.sessions,
    upstreams: 1,
    operations: [
      { ...get, kind: 'increment' },
      { ...get, session: 1 },
    ],
    faults: [
      { ...kill, operation: 1 },
      // Timed by an operation elsewhere: by the next one here.
      { ...kill, operation: 0 },
    ],
  });
});

test('a fault after the last operation is timed by the last', () => {
  const { operations, faults } = partOnUpstream(schedule, 1);
  expect(operations).toEqual([get, { ...get, session: 1 }]);
  expect(faults).toEqual([{ ...kill, operation: 1 }]);
});

test('nothing is left where nothing happened', () => {
  const none = { ...schedule, operations: [], faults: [] };
  expect(partOnUpstream(none, 1)).toMatchObject({ upstreams: 1, operations: [], faults: [] });
});
