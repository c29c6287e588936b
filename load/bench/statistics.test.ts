import { expect, it } from 'vitest';
import { median, slope } from './statistics.ts';

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

it('finds the slope of a line, whatever it begins with', () => {
  expect(slope([0, 250, 500].map((x) => [x, 1e8 + 12 * x] as const))).toBeCloseTo(12);
});

it('finds no slope where there is none', () => {
  expect(slope([0, 1, 2, 3].map((x) => [x, x % 2 === 0 ? 1 : -1] as const))).toBeCloseTo(-0.4);
  expect(slope([0, 1, 2].map((x) => [x, 5] as const))).toBe(0);
});
