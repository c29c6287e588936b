/** Determinism of the simulation, and no finding in a healthy one; more of them with SIMULATED_SCHEDULES. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { judge, type Judged } from '../run/judge.ts';
import { checksNamed } from '../run/recheck.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import { FAULT_KINDS, OPERATION_KINDS, type Schedule } from '../schedule/schedule.ts';
import { DEFAULT_CLAIMS, type Claims } from '../target/claims.ts';
import { simulate } from './simulate.ts';

const SCHEDULES = Number(process.env['SIMULATED_SCHEDULES'] ?? 2_000);
const SEED = 5;
const MANY: Claims = { ...DEFAULT_CLAIMS, upstreams: 'many' };

function hashOf(schedule: Schedule, seed: number): string {
  const { events, ledger, receipts } = simulate(schedule, seed);
  return createHash('sha256').update(JSON.stringify({ events, ledger, receipts })).digest('hex');
}

test('the same schedule and seed leave the same history, another seed another one', () => {
  for (let index = 0; index < 50; index += 1) {
    const schedule = drawSchedule(SEED, index, MANY);
    expect(hashOf(schedule, index)).toBe(hashOf(schedule, index));
    expect(hashOf(schedule, index)).not.toBe(hashOf(schedule, index + 1));
  }
});

test('the judge finds nothing in what a healthy gateway does, whatever is drawn', () => {
  const met = { faults: new Set<string>(), operations: new Set<string>() };
  const sums = { operations: 0, exposed: 0, info: 0, told: 0 };
  for (let index = 0; index < SCHEDULES; index += 1) {
    const schedule = drawSchedule(SEED, index, MANY);
    const recorded = simulate(schedule, SEED);
    const judged: Judged = judge(recorded, checksNamed(recorded.checks));
    expect(judged.findings, `schedule ${index} of seed ${SEED}`).toEqual([]);
    expect(judged.ownError).toBeUndefined();
    for (const { kind } of schedule.faults) met.faults.add(kind);
    for (const { kind } of schedule.operations) met.operations.add(kind);
    sums.operations += judged.operations.total;
    sums.exposed += judged.operations.exposed;
    sums.info += judged.operations.info;
    sums.told += judged.operations.fail;
  }
  // Otherwise nothing happened in which anything could have been found.
  expect(met.faults).toEqual(new Set(FAULT_KINDS));
  expect(met.operations).toEqual(new Set(OPERATION_KINDS));
  expect(sums.operations).toBeGreaterThan(SCHEDULES * 10);
  expect(sums.exposed).toBeGreaterThan(SCHEDULES * 2);
  expect(sums.info).toBeGreaterThan(SCHEDULES);
  expect(sums.told).toBeGreaterThan(SCHEDULES / 20);
}, 600_000);
