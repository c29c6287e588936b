import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, lost, toldLost } from './outcomes-for-test.ts';
import { Client, Story } from './story-for-test.ts';
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

/** Alice was told while the fault lasted that her session is lost. */
function forgotten(upstreams?: readonly string[]): Story {
  const story = new Story(upstreams);
  const alice = story.connect('alice/1').increment();
  story.wait(100).fault({ kind: 'forget-sessions', healedAtMs: story.nowMs + 100 });
  alice.get({ outcome: lost() });
  return story.wait(300);
}

const newcomer = (story: Story, label: string) =>
  new Client(story, label, label.split('/')[0] ?? label);

test('convicts a target that opens no session any more, whatever it answers', () => {
  for (const outcome of [lost(), broken(), toldLost()]) {
    const story = forgotten();
    const again = newcomer(story, 'alice/2').request('initialize', { outcome });
    again.get({ outcome });
    const vain =
      /^alice\/2 initialize failed, and no session .* in place of alice\/1 .* works: rpc/;
    expectFindings(worksAfterwards, story.evidence(), vain);
  }
});

test('convicts a target whose new sessions serve nobody, on that upstream', () => {
  const story = forgotten(['counter', 'calm']);
  story.connect('alice/2').get({ outcome: lost() });
  story.connect('alice/3').get({ upstream: 'calm' }).get({ outcome: lost() });
  expectFindings(worksAfterwards, story.evidence(), /alice\/2 tools\/call get failed, and no/);
  const nameless = forgotten();
  newcomer(nameless, 'alice/2').request('initialize').request('tools/list', { outcome: lost() });
  expectFindings(worksAfterwards, nameless.evidence(), /alice\/2 tools\/list failed, and no/);
});

test('convicts it also where the client had ended what was struck', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  cut(story);
  alice.get({ outcome: broken() }).delete();
  story.wait(300);
  newcomer(story, 'alice/2').request('initialize', { outcome: lost() });
  expectFindings(worksAfterwards, story.evidence(), /alice\/2 initialize failed/);
});

test('passes a target that refused one session, and opened the next', () => {
  const story = forgotten();
  newcomer(story, 'alice/2').request('initialize', { outcome: broken() });
  story.connect('alice/3').increment();
  expectPass(worksAfterwards, story.evidence());
});

test.each<[string, (story: Story) => void]>([
  [
    'another user',
    (story) => void newcomer(story, 'bob/1').request('initialize', { outcome: lost() }),
  ],
  [
    'a session that another fault may have cost its state',
    (story) => {
      const alice = story.connect('alice/2');
      story.wait(100).fault({ kind: 'kill', healedAtMs: story.nowMs + 10 });
      story.wait(300);
      alice.get({ outcome: lost() });
    },
  ],
  [
    'a refusal that another fault explains',
    (story) => {
      story.fault({ kind: 'down', healedAtMs: story.nowMs + 100 });
      newcomer(story, 'alice/2').request('initialize', { outcome: broken() });
    },
  ],
  [
    'a request that no session needs',
    (story) => void story.connect('alice/2').request('prompts/list', { outcome: broken() }),
  ],
  [
    'a target that was told to stop',
    (story) => {
      story.fact('stop-requested', { upstreamSessions: 1, callsInFlight: 0 }, story.nowMs);
      newcomer(story, 'alice/2').request('initialize', { outcome: broken() });
    },
  ],
])('is inconclusive, and convicts nobody, by %s', (_, then) => {
  const story = forgotten();
  then(story);
  expectInconclusive(worksAfterwards, story.evidence(), /struck sessions were not tried/);
});

const refusedOnce = (story: Story) =>
  newcomer(story, 'alice/2').request('initialize', { outcome: { ...broken(), status: 503 } });

test('is inconclusive where one session was refused, and the next opened but was not tried there', () => {
  const story = forgotten(['counter', 'calm']);
  refusedOnce(story);
  story.connect('alice/3').get({ upstream: 'calm' });
  expectInconclusive(worksAfterwards, story.evidence(), /1 of 1 struck sessions were not tried/);
});

test('convicts a refusal where what opened came before it, was refused too, or was tried', () => {
  const convicts = (tell: (story: Story) => void): void => {
    const story = forgotten(['counter', 'calm']);
    tell(story);
    expectFindings(worksAfterwards, story.evidence(), /^alice\/2 initialize failed, and no/);
  };
  convicts((story) => {
    story.connect('alice/3').get({ upstream: 'calm' });
    refusedOnce(story);
  });
  convicts((story) => {
    refusedOnce(story);
    newcomer(story, 'alice/3').request('initialize').request('tools/list', { outcome: broken() });
  });
  convicts((story) => {
    refusedOnce(story);
    newcomer(story, 'alice/3').get({ upstream: 'calm' });
  });
  convicts((story) => {
    refusedOnce(story);
    story.connect('alice/3').get({ outcome: lost() });
  });
});

const CHANGE = { upstream: 'counter', change: 'connect' } as const;

test('excuses a new session that was told of its loss after a change of its upstream', () => {
  const story = forgotten();
  const alice = story.connect('alice/2');
  story.wait(50).fact('upstream-changed', CHANGE).wait(50);
  alice.get({ outcome: lost() });
  expectInconclusive(worksAfterwards, story.evidence(), /1 of 1 struck sessions were not tried/);
});

test.each<[string, (story: Story) => void]>([
  [
    'before it was opened',
    (story) => {
      story.fact('upstream-changed', CHANGE).wait(50);
      story.connect('alice/2').get({ outcome: lost() });
    },
  ],
  [
    'that was cosmetic',
    (story) => {
      const alice = story.connect('alice/2');
      story.fact('upstream-changed', { ...CHANGE, change: 'cosmetic' }).wait(50);
      alice.get({ outcome: lost() });
    },
  ],
  [
    'that its answer says nothing of',
    (story) => {
      const alice = story.connect('alice/2');
      story.fact('upstream-changed', CHANGE).wait(50);
      alice.get({ outcome: broken() });
    },
  ],
])('excuses no new session by a change %s', (_, tell) => {
  const story = forgotten();
  tell(story);
  expectFindings(worksAfterwards, story.evidence(), /alice\/2 tools\/call get failed, and no/);
});
