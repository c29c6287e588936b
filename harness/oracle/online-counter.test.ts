import { expect, test } from 'vitest';
import { OnlineCounter } from './online-counter.ts';

test('remembers the last value that was told, by an increment or a read, right or wrong', () => {
  const counter = new OnlineCounter();
  expect(counter.last).toBe(0);
  counter.incremented(1);
  expect(counter.last).toBe(1);
  counter.acknowledged();
  counter.undecided();
  expect(counter.last).toBe(1);
  counter.read(3);
  expect(counter.last).toBe(3);
  counter.read(7);
  expect(counter.last).toBe(7);
});

test('says what a wrong value could have been', () => {
  const counter = new OnlineCounter();
  expect(counter.incremented(2)).toEqual({ min: 1, max: 1 });
  counter.undecided();
  counter.undecided();
  expect(counter.read(5)).toEqual({ min: 2, max: 4 });
  counter.acknowledged();
  expect(counter.incremented(5)).toEqual({ min: 7, max: 7 });
});

test.each([0.5, Number.NaN, -1, Number.POSITIVE_INFINITY])(
  'takes %d for no count at all',
  (value) => {
    const counter = new OnlineCounter();
    counter.undecided();
    expect(counter.read(value)).toEqual({ min: 0, max: 1 });
  },
);

test('tells one deviation once, and judges what follows by the value that was told', () => {
  const counter = new OnlineCounter();
  counter.undecided();
  expect(counter.incremented(9)).toEqual({ min: 1, max: 2 });
  expect(counter.incremented(10)).toBeUndefined();
  expect(counter.read(10)).toBeUndefined();
  // What was undecided before it is part of what was told then.
  expect(counter.incremented(12)).toEqual({ min: 11, max: 11 });
});
