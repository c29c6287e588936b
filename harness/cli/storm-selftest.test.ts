import { expect, test } from 'vitest';
import { requireStorm } from './storm-selftest.ts';

test('refuses what only storms know, and a budget in which no schedule fits', () => {
  expect(() => requireStorm({ budget: '20s' })).toThrow(/--budget is about storms/);
  expect(() => requireStorm({ storm: true, budget: '999ms' })).toThrow(
    '--budget 999ms is too small to do anything: one schedule takes about a second, so give 1s or more',
  );
  requireStorm({});
  requireStorm({ storm: true });
  requireStorm({ storm: true, budget: '1s' });
});
