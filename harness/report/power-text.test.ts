import { expect, test } from 'vitest';
import { percent } from './power-text.ts';

test.each([
  [0.000_179, '0.018 %'],
  [0.002_99, '0.3 %'],
  [0.040_9, '4.1 %'],
  [0.0996, '10 %'],
  [0.312, '31 %'],
  [0.996, '100 %'],
  [1, '100 %'],
])('%d is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});
