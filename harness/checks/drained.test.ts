import { expect, test } from 'vitest';
import { drained } from './drained.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';

function stopAt(story: Story, atMs: number): void {
  story.fact('stop-requested', { upstreamSessions: 1, callsInFlight: 1 }, atMs);
}

test('passes calls that were finished after SIGTERM', () => {
  const story = new Story();
  const at = story.nowMs + 100;
  story.connect('alice/1').call('slow_increment', { at, takes: 500 });
  stopAt(story, at + 300);
  expect(expectPass(drained, story.evidence()).examined).toBe(1);
});

test('convicts a call that its upstream had and its client was refused', () => {
  const story = new Story();
  const at = story.nowMs + 100;
  story.connect('alice/1').call('slow_increment', { at, takes: 500, outcome: broken() });
  stopAt(story, at + 300);
  expectFindings(drained, story.evidence(), /was in flight at SIGTERM .* its client got rpc-error/);
});

test('judges no call that the target had not passed on, and none that was over or given up', () => {
  const story = new Story();
  const at = story.nowMs + 100;
  const alice = story.connect('alice/1');
  alice.call('slow_increment', { at, takes: 500, outcome: broken() });
  alice.call('slow_increment', { at, takes: 600, outcome: broken(), by: [] });
  alice.call('slow_increment', { at: at - 90, takes: 20, outcome: broken() });
  alice.call('slow_increment', {
    at,
    takes: 500,
    giveUp: { how: 'abort', at: at + 500 },
    outcome: broken(),
  });
  alice.get({ at, takes: 400, outcome: broken() });
  stopAt(story, at + 100);
  expectInconclusive(drained, story.evidence(), /nothing to examine/);
});

test('is inconclusive where nothing was stopped', () => {
  const story = new Story();
  story.connect('alice/1').call('slow_increment');
  expectInconclusive(drained, story.evidence(), /nothing to examine/);
});
