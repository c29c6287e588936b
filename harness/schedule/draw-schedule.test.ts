import { expect, test } from 'vitest';
import { DEFAULT_CLAIMS, type Claims } from '../target/claims.ts';
import { drawSchedule } from './draw-schedule.ts';
import { normalise } from './normalise.ts';
import { FAULT_KINDS, OPERATION_KINDS, PHASES, type Schedule } from './schedule.ts';

const MANY: Claims = { ...DEFAULT_CLAIMS, upstreams: 'many' };

function draw(count: number, claims: Claims, seed = 1): readonly Schedule[] {
  return Array.from({ length: count }, (_, index) => drawSchedule(seed, index, claims));
}

test('the same seed and index give the same schedule, whatever was drawn before', () => {
  const schedules = draw(50, MANY);
  expect(drawSchedule(1, 49, MANY)).toEqual(schedules[49]);
  expect(new Set(schedules.map((one) => JSON.stringify(one))).size).toBe(50);
  expect(draw(50, MANY, 2)).not.toEqual(schedules);
  for (const schedule of schedules) expect(normalise(schedule)).toEqual(schedule);
});

test('in some hundred schedules everything occurs that there is', () => {
  const schedules = draw(300, MANY);
  const operations = schedules.flatMap((one) => one.operations);
  const faults = schedules.flatMap((one) => one.faults);
  expect(new Set(operations.map(({ kind }) => kind))).toEqual(new Set(OPERATION_KINDS));
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  expect(new Set(faults.map(({ phase }) => phase))).toEqual(new Set(PHASES));
  expect(new Set(schedules.map(({ upstreams }) => upstreams))).toEqual(new Set([1, 2]));
  expect(schedules.some((one) => one.faults.length === 0)).toBe(true);
});

test('swarms differ: most schedules leave several kinds out altogether', () => {
  const kinds = draw(200, MANY).map(
    ({ operations }) => new Set(operations.map(({ kind }) => kind)).size,
  );
  expect(kinds.filter((count) => count <= OPERATION_KINDS.length - 3).length).toBeGreaterThan(100);
});

test('nothing is drawn that the target does not claim to know', () => {
  const claims: Claims = { ...DEFAULT_CLAIMS, cancellation: false, sessions: 'stateless' };
  const schedules = draw(200, claims);
  const kinds = new Set(schedules.flatMap((one) => one.operations).map(({ kind }) => kind));
  expect(kinds).toEqual(
    new Set(OPERATION_KINDS.filter((kind) => kind !== 'cancelled' && kind !== 'delete')),
  );
  expect(schedules.every(({ upstreams }) => upstreams === 1)).toBe(true);
});

test('nothing executes for nearly as long as the request timeout that the target claims', () => {
  const longestMs = (requestTimeoutMs: number): number => {
    const drawn = draw(300, { ...MANY, requestTimeoutMs }).flatMap((one) => one.operations);
    return Math.max(...drawn.map(({ executionMs }) => executionMs));
  };
  expect(longestMs(1_000)).toBeGreaterThan(600);
  expect(longestMs(1_000)).toBeLessThanOrEqual(667);
  // A longer one changes nothing: what was recorded by its number is the same schedule for ever.
  expect(draw(300, { ...MANY, requestTimeoutMs: 3_000 })).toEqual(draw(300, MANY));
});
