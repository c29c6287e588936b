import { expect, test } from 'vitest';
import { broken } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import { operationColumns } from './operation-columns.ts';

test('numbers client sessions in the order of their first call', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  alice.get();
  bob.get();
  const { operations } = story.evidence();
  const { clientOf } = operationColumns(operations);
  const sessions = operations.map(({ invoke }) => invoke.session);
  expect([...clientOf]).toEqual(sessions.map((session) => (session === 'alice/1' ? 0 : 1)));
});

test('says of each call when it was, how it ended, what it may do to a counter, and what it read', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  const at = story.nowMs;
  alice
    .increment()
    .get({ payload: { value: 7 } })
    .get({ outcome: null })
    .get({ outcome: { ...broken(), payload: { value: 7 } } })
    .call('echo', { payload: { value: 7 } })
    .call('break');
  const operations = story.evidence().operations.slice(2);
  const { startMs, endMs, isOk, mayIncrement, read } = operationColumns(operations);
  expect([...startMs]).toEqual([0, 5, 10, 15, 20, 25].map((ms) => at + ms));
  expect([...endMs]).toEqual([4, 9, Infinity, 19, 24, 29].map((ms) => at + ms));
  expect([...isOk]).toEqual([1, 1, 0, 0, 1, 0]);
  expect([...mayIncrement]).toEqual([1, 0, 0, 0, 0, 1]);
  expect([...read]).toEqual([NaN, 7, NaN, NaN, NaN, NaN]);
});
