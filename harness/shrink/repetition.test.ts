import { expect, test } from 'vitest';
import { cleanRunsNeeded, reckonedRate, wilson95 } from './repetition.ts';

test('the interval of a rate is Wilson’s', () => {
  // Values of the published formula, to four digits.
  for (const [hits, attempts, low, high] of [
    [0, 10, 0, 0.2775],
    [3, 10, 0.1078, 0.6032],
    [10, 10, 0.7225, 1],
    [45, 300, 0.114, 0.1948],
  ] as const) {
    const [from, to] = wilson95(hits, attempts);
    expect(from).toBeCloseTo(low, 4);
    expect(to).toBeCloseTo(high, 4);
  }
  expect(wilson95(0, 0)).toEqual([0, 1]);
});

test('as many clean runs are asked for as leave one failure in twenty unseen', () => {
  expect(cleanRunsNeeded(0.3)).toBe(9);
  expect(cleanRunsNeeded(0.5)).toBe(5);
  expect(cleanRunsNeeded(0.99)).toBe(1);
  expect(cleanRunsNeeded(1)).toBe(1);
  expect(cleanRunsNeeded(0)).toBe(Infinity);
  expect(cleanRunsNeeded(0.3, 0.001)).toBe(20);
});

test('three of three is not yet always, and nothing tried is a coin', () => {
  expect(reckonedRate(3, 3)).toBeCloseTo(0.7192, 3);
  expect(reckonedRate(3, 10)).toBeCloseTo(0.3555, 3);
  expect(reckonedRate(0, 0)).toBe(0.5);
});
