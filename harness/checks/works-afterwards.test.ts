import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, lost, toldLost } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';
import { worksAfterwards } from './works-afterwards.ts';

function cut(story: Story, lastsMs = 100): void {
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + lastsMs });
}

test('passes sessions that work again, also after an error or two', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const idle = story.connect('bob/1').increment();
  cut(story);
  alice.get({ outcome: broken() });
  story.wait(300);
  alice.get({ outcome: broken() }).get();
  idle.get();
  expect(expectPass(worksAfterwards, story.evidence()).examined).toBe(2);
});

test.each([
  ['404', lost()],
  ['words', toldLost()],
])('passes a loss told by %s, where the user can go on in a new session', (_, outcome) => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  cut(story);
  story.wait(300);
  const at = story.nowMs;
  alice.get({ at, outcome, takes: 5 }).get({ at: at + 3, outcome, takes: 5 });
  story.wait(20).connect('alice/2').increment();
  expectPass(worksAfterwards, story.evidence());
});

test('passes a session that was told while the fault lasted, and whose user moved on', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  cut(story);
  alice.get({ outcome: lost() });
  story.wait(300).connect('alice/2').increment();
  expectPass(worksAfterwards, story.evidence());
});

test('convicts a session that was struck and stays broken, and one that was idle', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const bob = story.connect('bob/1').increment();
  cut(story);
  alice.get({ outcome: broken() });
  story.wait(300);
  alice.get().get({ outcome: broken() });
  bob.get({ outcome: broken('dead') });
  expectFindings(
    worksAfterwards,
    story.evidence(),
    /alice\/1 tools\/call get still failed after the fault was healed: rpc-error/,
    /bob\/1 .* "dead"/,
  );
});

test('convicts news that never ends, and news after which nobody can go on', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const bob = story.connect('bob/1').increment();
  story.connect('bob/2').increment();
  cut(story);
  story.wait(300);
  alice.get({ outcome: toldLost() }).get({ outcome: toldLost() });
  bob.get({ outcome: lost() });
  story.connect('alice/2').increment();
  const evidence = story.evidence();
  expect(worksAfterwards.judge(evidence).inconclusive).toMatch(/1 of 3 struck sessions/);
  expectFindings(
    worksAfterwards,
    evidence,
    /alice\/1 .* still failed/,
    /bob\/1 was told .* no new/,
  );
});

test('judges each upstream by itself', () => {
  const story = new Story(['struck', 'calm']);
  const alice = story.connect('alice/1').increment(1, { upstream: 'struck' });
  story.wait(100).fault({ kind: 'down', upstream: 'struck', healedAtMs: story.nowMs + 10 });
  story.wait(300);
  alice.get({ upstream: 'struck', outcome: broken() }).get({ upstream: 'calm' });
  expectFindings(worksAfterwards, story.evidence(), /get still failed/);
});

test('judges no call that was meant to fail, given up or overtaken', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  cut(story);
  story.wait(300);
  alice.get().call('fail');
  const giveUp = { how: 'abort', at: story.nowMs + 1 } as const;
  alice.get({ giveUp, outcome: { type: 'info', kind: 'aborted' } });
  alice.delete().get({ outcome: lost(), invoke: { hostile: true } });
  expectPass(worksAfterwards, story.evidence());
});

test('asks nothing of sessions that had ended before the fault', () => {
  const story = new Story();
  story.connect('alice/1').increment().delete();
  const bob = story.connect('bob/1').increment();
  cut(story);
  story.wait(300);
  bob.get();
  expectPass(worksAfterwards, story.evidence());
});

test('is inconclusive where nobody tried afterwards, or nothing was struck', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  expectInconclusive(worksAfterwards, story.evidence(), /nothing to examine/);
  cut(story);
  alice.get({ outcome: broken() });
  expectInconclusive(worksAfterwards, story.evidence(), /1 of 1 struck sessions were not tried/);
  const unhealed = new Story();
  const bob = unhealed.connect('bob/1').increment();
  unhealed.wait(100).fault({ kind: 'down' }).wait(500);
  bob.get();
  expectInconclusive(worksAfterwards, unhealed.evidence(), /not tried/);
});

test('asks nothing more of a session that its own client ended after it was struck', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  cut(story);
  alice.get({ outcome: broken() });
  story.wait(300);
  alice.delete();
  expectPass(worksAfterwards, story.evidence());
});
