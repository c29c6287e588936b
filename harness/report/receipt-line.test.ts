import { expect, test } from 'vitest';
import { receiptLines } from './receipt-line.ts';
import { receiptForTest } from './result-for-test.ts';

test('says when it was active, what it touched, and who saw what of it', () => {
  expect(receiptLines([receiptForTest()])).toEqual([
    'f1 down on counter: active 16 ms, healed 97 ms; touched 1 of 3 exposed calls; ' +
      'seen: refused, FIN (tool), 2 × error (client)',
  ]);
});

test('says what never came', () => {
  const { acknowledgedAtMs: _, healedAtMs: __, ...open } = receiptForTest();
  const effect = { exposed: ['h4'], touched: [], seen: [], whyNot: 'down on counter was …' };
  expect(receiptLines([{ ...open, effect }])).toEqual([
    'f1 down on counter: never active, never healed; touched 0 of 1 exposed calls; ' +
      'nothing was seen of it; did not land',
  ]);
});

test('counts time from the first fault, and faults that would fill the screen', () => {
  const many = Array.from({ length: 9 }, (_, i) =>
    receiptForTest({ id: `f${i + 1}`, requestedAtMs: 1_000 + i, acknowledgedAtMs: 1_010 + i }),
  );
  const lines = receiptLines(many);
  expect(lines).toHaveLength(7);
  expect(lines[5]).toMatch(/^f6 .*active 15 ms/);
  expect(lines[6]).toBe('… and 3 more in the bundle');
  expect(receiptLines([])).toEqual([]);
});
