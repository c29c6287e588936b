import { expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { Deadlines, type Timed } from './deadlines.ts';

it('expires what is not taken out, each once, in the order it was added', async () => {
  const expired: string[] = [];
  using deadlines = new Deadlines<Timed>(30);
  const items = ['a', 'b', 'c'].map((name): Timed => ({
    due: undefined,
    expire: () => void expired.push(name),
  }));
  for (const item of items) deadlines.add(item);
  deadlines.delete(items[1] as Timed);
  const from = performance.now();
  await until('the deadlines', () => expired.length === 2);
  expect(performance.now() - from).toBeGreaterThan(20);
  expect([expired, deadlines.size]).toEqual([['a', 'c'], 0]);
});
