import { expect, test } from 'vitest';
import { EXIT, worstExitCode } from './exit-codes.ts';

test('is 0 only when no other code applies', () => {
  expect(worstExitCode([])).toBe(EXIT.ok);
  expect(worstExitCode([0, 0])).toBe(EXIT.ok);
});

test('lets each code win over all that follow it', () => {
  const order = [1, 64, 130, 124, 4, 69, 2, 3, 0];
  for (const [index, code] of order.entries()) {
    expect(worstExitCode(order.slice(index).toReversed())).toBe(code);
  }
});
