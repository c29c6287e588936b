import { expect, test } from 'vitest';
import type { Hunt } from '../storm/hunt-defect.ts';
import { isAsArgued, requireStorm } from './storm-selftest.ts';

test('refuses what only storms know, and a budget in which no schedule fits', () => {
  expect(() => requireStorm({ budget: '20s' })).toThrow(/--budget is about storms/);
  expect(() => requireStorm({ storm: true, budget: '999ms' })).toThrow(
    '--budget 999ms is too small to do anything: one schedule takes about a second, so give 1s or more',
  );
  requireStorm({});
  requireStorm({ storm: true });
  requireStorm({ storm: true, budget: '1s' });
});

test('a defect is as argued if most storms find it and little shows it, or its entry says why not', () => {
  const hunt = (operations: number | undefined, argued: Partial<Hunt['defect']> = {}): Hunt => {
    const defect = { name: 'a', title: 'A', check: 'own-counter', scenarios: ['a/b'], ...argued };
    if (operations === undefined) return { defect, storms: [{ seed: 1, schedules: 9 }] };
    const drawn = { operations: 12, faults: 2 };
    const shrunk = { operations, faults: 0 };
    const find = { foundMs: 1, schedule: 'storm/1', checks: ['own-counter'], drawn, shrunk };
    return { defect, storms: [{ seed: 1, schedules: 9, find }] };
  };
  expect(isAsArgued(hunt(3))).toBe(true);
  expect(isAsArgued(hunt(4))).toBe(false);
  expect(isAsArgued(hunt(4, { largeReproducer: 'So it is.' }))).toBe(true);
  expect(isAsArgued(hunt(undefined))).toBe(false);
  expect(isAsArgued(hunt(undefined, { largeReproducer: 'So it is.' }))).toBe(false);
  expect(isAsArgued(hunt(undefined, { beyondStorms: 'So it is.' }))).toBe(true);
  expect(isAsArgued(hunt(3, { beyondStorms: 'So it is.' }))).toBe(false);
});
