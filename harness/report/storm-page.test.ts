import { expect, test } from 'vitest';
import type { Find, Hunt } from '../storm/hunt-defect.ts';
import { hasLargeReproducer, medianMs, stormPage } from './storm-page.ts';

function find(foundMs: number, about: Partial<Find> = {}): Find {
  const drawn = { operations: 12, faults: 2 };
  return { foundMs, schedule: 'storm/1', checks: ['own-counter'], drawn, ...about };
}

function hunt(
  name: string,
  finds: readonly (Find | undefined)[],
  beyondStorms?: string,
  largeReproducer?: string,
): Hunt {
  const defect = { name, title: name, check: 'own-counter', scenarios: ['isolation/same-user'] };
  const storms = finds.map((one, seed) => ({
    seed,
    schedules: 20,
    ...(one !== undefined && { find: one }),
  }));
  return {
    defect: {
      ...defect,
      ...(beyondStorms !== undefined && { beyondStorms }),
      ...(largeReproducer !== undefined && { largeReproducer }),
    },
    storms,
  };
}

test('a storm that found nothing took longer than any that did', () => {
  expect(medianMs(hunt('a', [find(9_000), find(1_000), find(5_000)]))).toBe(5_000);
  expect(medianMs(hunt('a', [find(9_000), find(1_000), undefined]))).toBe(9_000);
  expect(medianMs(hunt('a', [find(9_000), undefined, undefined]))).toBe(Infinity);
});

test('the page says what was found, how soon and how small, and why the rest was not', () => {
  const page = stormPage(
    [
      hunt('shared', [
        find(2_000, { shrunk: { operations: 3, faults: 0 } }),
        find(4_000, {
          checks: ['own-counter', 'one-outcome'],
          shrunk: { operations: 2, faults: 1 },
        }),
        undefined,
      ]),
      hunt('slow', [find(42_000)]),
      hunt('stops', [undefined], 'A storm never stops its target.'),
      hunt('riddle', [undefined, undefined]),
    ],
    {
      version: '1.2.3',
      date: '2025-11-25T12:00:00.000Z',
      command: 'npx x --seed 1',
      budgetMs: 30_000,
    },
  );
  expect(page).toContain('2 of 4 defects were found, 1 of them within 30 s in the median.');
  expect(page).toMatch(
    /\| `shared` +\| one-outcome, \*\*own-counter\*\* +\| +2\/3 \| +4\.0 \| +12 \+ 2 \| +3 \+ 0 \|/,
  );
  expect(page).toMatch(/\| `slow` .*\| +1\/1 \| +42 \| .*\| +– \|/);
  expect(page).toMatch(/\| `stops` +\| +0\/1 \| A storm never stops its target\. +\|/);
  expect(page).toMatch(
    /\| `riddle` +\| +0\/2 \| Nobody knows yet: 40 schedules did not show it\. +\|/,
  );
});

const shrunkTo = (operations: number, faults: number): Find =>
  find(1_000, { shrunk: { operations, faults } });

test('a reproducer is large with more than three operations or one fault, if none is smaller', () => {
  expect(hasLargeReproducer(hunt('a', [shrunkTo(3, 1)]))).toBe(false);
  expect(hasLargeReproducer(hunt('a', [shrunkTo(4, 0)]))).toBe(true);
  expect(hasLargeReproducer(hunt('a', [shrunkTo(0, 2)]))).toBe(true);
  expect(hasLargeReproducer(hunt('a', [shrunkTo(9, 1), shrunkTo(2, 0)]))).toBe(false);
  expect(hasLargeReproducer(hunt('a', [find(1_000)])), 'nobody tried').toBe(false);
});

test('the page argues for every large reproducer, or says that nobody can', () => {
  const page = stormPage(
    [
      hunt('argued', [shrunkTo(5, 0)], undefined, 'Calls are never made longer.'),
      hunt('riddle', [shrunkTo(2, 2)]),
      hunt('small', [shrunkTo(1, 1)], undefined, 'Not needed this time.'),
    ],
    { version: '1.2.3', date: '2025-11-25T12:00:00.000Z', command: 'npx x', budgetMs: 30_000 },
  );
  const [, section = ''] = page.split('## Reproducers of more than 3 operations and 1 fault');
  expect(section).toMatch(/\| `argued` +\| +5 \+ 0 \| Calls are never made longer\. +\|/);
  expect(section).toMatch(/\| `riddle` +\| +2 \+ 2 \| Nobody knows yet\. +\|/);
  expect(section).not.toContain('small');
});
