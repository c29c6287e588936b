import { expect, test } from 'vitest';
import { Story, type Client } from '../checks/story-for-test.ts';
import { toldLost } from '../checks/outcomes-for-test.ts';
import { ownCounter } from '../checks/own-counter.ts';
import { findAnomalies } from './find-anomalies.ts';
import type { Home } from '../checks/told-call-for-test.ts';

function lost(): { readonly story: Story; readonly alice: Client; readonly old: readonly Home[] } {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = [...alice.homes.values()];
  alice.get({ outcome: toldLost(), by: [] });
  story.move(alice);
  alice.increment(2);
  return { story, alice, old };
}

test('one that went on in fresh state after it was told of the loss did not go back', () => {
  const { story } = lost();
  expect(findAnomalies(story.evidence()).anomalies).toEqual([]);
});

test('one that was served by the old state again was split, and its own checkers agree', () => {
  const { story, alice, old } = lost();
  alice.increment(1, { by: old });
  const evidence = story.evidence();
  expect(findAnomalies(evidence).anomalies).toMatchObject([
    { name: 'SESSION_SPLIT', session: 'alice/1', upstream: 'counter' },
  ]);
  const { findings, ownError } = ownCounter.judge(evidence);
  expect(ownError).toBeUndefined();
  expect(findings).toMatchObject([{ anomaly: 'SESSION_SPLIT' }]);
  expect(findings[0]?.message).toMatch(/alice\/1 on counter was shown in several states by turns/);
});

test('a call that was begun before the answer out of fresh state may still end in the old', () => {
  const { story, alice, old } = lost();
  const at = story.nowMs;
  alice.increment(1, { at: at - 30, takes: 60, by: old });
  expect(findAnomalies(story.evidence()).anomalies).toEqual([]);
  expect(ownCounter.judge(story.evidence()).findings).toEqual([]);
});
