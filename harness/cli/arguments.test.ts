import { expect, test } from 'vitest';
import { durationMs } from './duration.ts';
import { wholeNumber } from './whole-number.ts';

test.each([
  ['1500ms', 1500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
])('reads %s as %d ms', (text, expected) => {
  expect(durationMs(text)).toBe(expected);
});

test.each(['', '30', 's', '-1s', '1e3s', '0s', '5 m', '1d', '999999h', 'NaNms'])(
  'refuses the duration %j',
  (text) => {
    expect(() => durationMs(text)).toThrow(/number that is more than 0 and a unit/);
  },
);

test('reads whole numbers within bounds, both included', () => {
  const parse = wholeNumber(1, 64);
  expect([parse('1'), parse('64')]).toEqual([1, 64]);
});

test.each(['0', '65', '1.5', '-1', '0x10', '', 'ten'])('refuses the number %j', (text) => {
  expect(() => wholeNumber(1, 64)(text)).toThrow(/from 1 to 64/);
});
