import { expect, it, vi } from 'vitest';
import { createLog } from './log.ts';
import { SparseLog } from './sparse-log.ts';

it('writes the same warning once a second and counts what it left out', () => {
  const log = createLog('silent');
  const warn = vi.spyOn(log, 'warn').mockImplementation(() => {});
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  const sparse = new SparseLog(log);
  for (let n = 0; n < 5; n += 1) sparse.warn({ upstream: 'a', error: 'x' }, 'lost');
  sparse.warn({ upstream: 'b', error: 'x' }, 'lost');
  now = 1_500;
  sparse.warn({ upstream: 'a', error: 'x' }, 'lost');
  expect(warn.mock.calls).toEqual([
    [{ upstream: 'a', error: 'x' }, 'lost'],
    [{ upstream: 'b', error: 'x' }, 'lost'],
    [{ upstream: 'a', error: 'x', omitted: 4 }, 'lost'],
  ]);
  clock.mockRestore();
});
