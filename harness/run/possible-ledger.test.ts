import { expect, test } from 'vitest';
import { whyImpossibleLedger, whyImpossibleReceipts } from './possible-ledger.ts';
import { Story } from '../checks/story-for-test.ts';
import type { Receipt } from '../fault/receipt.ts';

function ledger() {
  const story = new Story();
  story.connect('alice/1').increment(3);
  return story.recording().ledger;
}

test('what fixtures wrote is possible, also with holes, and in each life from the beginning', () => {
  const lines = ledger();
  expect(whyImpossibleLedger(lines)).toBeUndefined();
  expect(whyImpossibleLedger(lines.filter((_, index) => index % 2 === 0))).toBeUndefined();
  const next = lines.map((line) => ({ ...line, epoch: 'e9' }));
  const other = lines.map((line) => ({ ...line, upstream: 'other' }));
  expect(whyImpossibleLedger([...lines, ...next, ...other])).toBeUndefined();
});

test('no line is there twice or behind a later one', () => {
  const lines = ledger();
  const last = lines.at(-1);
  if (last === undefined) throw new Error('the ledger is empty');
  expect(whyImpossibleLedger([...lines, last])).toMatch(
    new RegExp(`^line ${lines.length + 1}: counter#\\w+\\.\\d+ stands behind counter#\\w+\\.\\d+$`),
  );
  expect(whyImpossibleLedger(lines.toReversed())).toMatch(/^line 2: /);
});

const fault: Receipt = {
  id: 'f1',
  kind: 'down',
  upstream: 'counter',
  requestedAtMs: 1,
  acknowledgedAtMs: 1,
  healRequestedAtMs: 3,
  healedAtMs: 3,
  seen: [],
};

test.each([
  [{}, undefined],
  [{ acknowledgedAtMs: 0 }, 'f1 is active before it is asked for'],
  [{ healedAtMs: -1 }, 'f1 is healed before it is asked for'],
  [{ acknowledgedAtMs: 4 }, 'f1 is healed before it is active'],
  [{ healRequestedAtMs: 4 }, 'f1 is healed before that is asked for'],
  [{ healedAtMs: -1, ofCall: true as const }, undefined],
])('a fault with %o: %s', (change, why) => {
  expect(whyImpossibleReceipts([{ ...fault, ...change }])).toBe(why);
});

test('a fault that was never active or never healed is possible', () => {
  const { acknowledgedAtMs: _, healRequestedAtMs: __, healedAtMs: ___, ...begun } = fault;
  expect(whyImpossibleReceipts([begun])).toBeUndefined();
});
