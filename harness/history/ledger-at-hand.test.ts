import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import { isLedgerAtHand } from './ledger-at-hand.ts';

function counted(): Story {
  const story = new Story();
  story.connect('alice/1').increment(2);
  return story;
}

test('a ledger that says something is at hand, unless it is to be left aside', () => {
  const evidence = counted().evidence();
  expect(isLedgerAtHand(evidence)).toBe(true);
  expect(isLedgerAtHand({ ...evidence, hasNoLedger: true })).toBe(false);
});

test('an empty one is none where an upstream answered, and the whole truth where none did', () => {
  expect(isLedgerAtHand({ ...counted().evidence(), ledger: [] })).toBe(false);
  const made = new Story();
  made.connect('alice/1').increment(1, { by: [], payload: { value: 1, nonce: undefined } });
  expect(isLedgerAtHand({ ...made.evidence(), ledger: [] })).toBe(true);
});
