import { expect, test } from 'vitest';
import type { Schedule } from '../schedule/schedule.ts';
import { Coverage, describeRequired } from './coverage.ts';
import type { Encounter } from './encounter.ts';

const KILL_GET: Encounter = { fault: 'kill', operation: 'get', phase: 'idle' };
const KILL_SLOW: Encounter = { fault: 'kill', operation: 'slow-late', phase: 'executing' };

test('what is missing is what no schedule met, and a part left out stands for any', () => {
  const coverage = new Coverage([
    { fault: 'kill', phase: 'idle' },
    { fault: 'kill', phase: 'executing' },
    { operation: 'progress' },
  ]);
  coverage.add([KILL_GET]);
  expect(coverage.missing().map(describeRequired)).toEqual([
    'kill × any operation × executing',
    'any fault × progress × any phase',
  ]);
  coverage.add([KILL_SLOW, { fault: 'down', operation: 'progress', phase: 'sent' }]);
  expect(coverage.missing()).toEqual([]);
});

test('counts the schedules in which each encounter happened', () => {
  const coverage = new Coverage([]);
  coverage.add([KILL_SLOW, KILL_GET]);
  coverage.add([KILL_GET]);
  expect(coverage.cells()).toEqual([
    { ...KILL_GET, schedules: 2 },
    { ...KILL_SLOW, schedules: 1 },
  ]);
});

test('a schedule is worth what it aims at of what is missing', () => {
  const coverage = new Coverage([{ fault: 'kill' }, { operation: 'get' }, { fault: 'down' }]);
  const schedule: Schedule = {
    sessions: [{ user: 0 }],
    upstreams: 1,
    operations: [{ session: 0, upstream: 0, kind: 'get', gapMs: 0, executionMs: 0 }],
    faults: [
      { kind: 'kill', upstream: 0, operation: 0, phase: 'idle', durationMs: 50, severity: 0 },
    ],
  };
  expect(coverage.newsIn(schedule)).toBe(2);
  const elsewhere = schedule.faults.map((fault) => ({ ...fault, upstream: 1 }));
  expect(coverage.newsIn({ ...schedule, upstreams: 2, faults: elsewhere })).toBe(0);
  coverage.add([KILL_GET]);
  expect(coverage.newsIn(schedule)).toBe(0);
});
