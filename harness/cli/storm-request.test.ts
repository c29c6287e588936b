import { expect, test } from 'vitest';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { scheduledScenarios, stormRequest } from './storm-request.ts';

test('knows a storm, numbered schedules of it, and a file', () => {
  expect(stormRequest(['isolation/*'], { repeat: 5 })).toBeUndefined();
  expect(stormRequest([], { repeat: 1 })).toBeUndefined();
  expect(stormRequest(['storm'], { repeat: 1 })).toEqual({ kind: 'drawn', budgetMs: 60_000 });
  expect(stormRequest(['storm/*'], { repeat: 1, budget: '5m' })).toEqual({
    kind: 'drawn',
    budgetMs: 300_000,
  });
  expect(stormRequest(['storm/12', 'storm/3'], { repeat: 4 })).toEqual({
    kind: 'numbers',
    numbers: [12, 3],
  });
  expect(stormRequest(['storm'], { repeat: 4, schedule: 's.json' })).toEqual({
    kind: 'file',
    file: 's.json',
  });
});

test.each<readonly [readonly string[], Parameters<typeof stormRequest>[1], RegExp]>([
  [['storm', 'isolation/*'], { repeat: 1 }, /run of its own: run "isolation\/\*" by another/],
  [['storm/3', 'storm'], { repeat: 1 }, /run of its own: run "storm\/3"/],
  [['storm'], { repeat: 2 }, /--repeat goes with --schedule/],
  [['storm'], { repeat: 1, budget: '200ms' }, /200ms is too small to do anything/],
  [['storm'], { repeat: 1, budget: '2s', schedule: 'x' }, /no --budget with it/],
  [['storm/3'], { repeat: 1, budget: '2s' }, /neither --budget nor --schedule/],
  [['isolation/*'], { repeat: 1, budget: '2s' }, /--budget is about storms/],
  [[], { repeat: 1, schedule: 'x' }, /--schedule is about storms/],
])('refuses %j with %j', (patterns, options, said) => {
  expect(() => stormRequest(patterns, options)).toThrow(said);
});

test('the same number of the same seed is the same schedule', async () => {
  const request = { kind: 'numbers', numbers: [3, 3, 4] } as const;
  const once = await scheduledScenarios(request, 9, DEFAULT_CLAIMS);
  const again = await scheduledScenarios(request, 9, DEFAULT_CLAIMS);
  expect(once.map(({ id }) => id)).toEqual(['storm/3', 'storm/4']);
  expect(again.map(({ schedule }) => schedule)).toEqual(once.map(({ schedule }) => schedule));
});
