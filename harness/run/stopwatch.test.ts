import { expect, test } from 'vitest';
import { Stopwatch } from './stopwatch.ts';

test('counts for a phase whatever was done in it, failures among it', async () => {
  const stopwatch = new Stopwatch();
  expect(await stopwatch.time('act', () => Promise.resolve(7))).toBe(7);
  const failed = stopwatch.time('heal', () => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');
  const first = stopwatch.read();
  expect(Object.keys(first)).toEqual(['actMs', 'healMs']);
  await stopwatch.time('act', () => new Promise((resolve) => setImmediate(resolve)));
  expect(stopwatch.read()['actMs']).toBeGreaterThan(first['actMs'] ?? Infinity);
  expect(stopwatch.read()['healMs']).toBe(first['healMs']);
});
