import { expect, test } from 'vitest';
import { laneKey } from '../run/lane-holder.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import { DEFAULT_CLAIMS, type Claims } from '../target/claims.ts';
import { Coverage } from './coverage.ts';
import type { Encounter } from './encounter.ts';
import { REQUIRED_ENCOUNTERS } from './required-encounters.ts';
import { StormSource } from './storm-source.ts';

const CLAIMS: Claims = { ...DEFAULT_CLAIMS, upstreams: 'many' };
const draw = (index: number) => drawSchedule(7, index, CLAIMS);
const HOUR_MS = 3_600_000;

test('every schedule comes once, and is the one of its number', () => {
  const source = new StormSource(draw, new Coverage([]), HOUR_MS);
  const jobs = Array.from({ length: 60 }, () => source.take(undefined));
  const ids = jobs.map((job) => job?.scenario.id);
  expect(new Set(ids).size).toBe(60);
  for (const job of jobs) {
    const index = Number(job?.scenario.id.slice('storm/'.length));
    expect(job?.scenario.schedule).toEqual(draw(index));
  }
  expect(new Set(jobs.map((job) => job?.number)).size).toBe(60);
  expect(source.rest()).toEqual([]);
});

test('prefers a schedule for the lane that is at hand', () => {
  const source = new StormSource(draw, new Coverage([]), HOUR_MS);
  const one = source.take(undefined);
  const key = one === undefined ? '' : laneKey(one.scenario);
  const next = Array.from({ length: 8 }, () => source.take(key));
  expect(next.map((job) => job && laneKey(job.scenario))).toEqual(Array(8).fill(key));
});

/** As if every fault met what it was aimed at. */
function aimsOf({ operations, faults }: Schedule): readonly Encounter[] {
  return faults.map(({ kind, phase, operation }) => ({
    fault: kind,
    operation: operations[operation]?.kind ?? 'get',
    phase,
  }));
}

/** How many schedules it takes until nothing that is required is missing. */
function takenUntilCovered(next: (coverage: Coverage) => () => Schedule | undefined): number {
  const coverage = new Coverage(REQUIRED_ENCOUNTERS);
  const take = next(coverage);
  for (let taken = 0; taken < 1_000; taken++) {
    if (coverage.missing().length === 0) return taken;
    const schedule = take();
    if (schedule !== undefined) coverage.add(aimsOf(schedule));
  }
  return Infinity;
}

test('aims first at what is required and was not met', () => {
  const guided = takenUntilCovered((coverage) => {
    const source = new StormSource(draw, coverage, HOUR_MS);
    return () => source.take(undefined)?.scenario.schedule;
  });
  const inOrder = takenUntilCovered(() => {
    let index = 0;
    return () => draw(index++);
  });
  expect(guided).toBeLessThan(inOrder / 2);
});

test('ends with its budget, counted from when a lane stands; and when it is told to', () => {
  const source = new StormSource(draw, new Coverage([]), 0);
  expect(source.take(undefined)).toBeDefined();
  // Another worker's lane is being opened meanwhile.
  expect(source.take(undefined)).toBeDefined();
  source.begin();
  expect(source.take(undefined)).toBeUndefined();
  const late = new StormSource(draw, new Coverage([]), 0);
  late.begin();
  expect(late.take(undefined), 'the first one in any case').toBeDefined();
  const ended = new StormSource(draw, new Coverage([]), HOUR_MS);
  ended.end();
  expect(ended.take(undefined)).toBeUndefined();
});
