import { expect, test } from 'vitest';
import { changeEvicts } from './change-evicts.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { toldLost } from './outcomes-for-test.ts';
import { Story, type Client } from './story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

type Change = 'cosmetic' | 'connect' | 'removed';

function change(story: Story, how: Change): void {
  story.wait(5).fact('upstream-changed', { upstream: 'counter', change: how }).wait(5);
}

function evict(story: Story, client: Client): void {
  const { epoch = '', session = '' } = client.homes.get('counter') ?? {};
  story.line('counter', { kind: 'delete', epoch, session, known: true });
}

/** Long enough that everything that is due has come. */
function later(story: Story): void {
  story.wait(3_100).connect('later/1').request('ping');
}

test('passes a description that keeps sessions, and a field that ends them, one after the other', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').get().get({ upstream: 'other' });
  change(story, 'cosmetic');
  alice.get().get({ upstream: 'other' });
  story.connect('newcomer/1').get().delete();
  change(story, 'connect');
  evict(story, alice);
  alice.get({ outcome: toldLost(), by: [] });
  story.move(alice);
  alice.get().get({ upstream: 'other' });
  expect(expectPass(changeEvicts, story.evidence()).examined).toBe(3);
});

test('convicts sessions that a new description cost their state', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  change(story, 'cosmetic');
  story.move(alice);
  alice.get();
  expectFindings(
    changeEvicts,
    story.evidence(),
    /alice\/1 lost its upstream session on counter over a cosmetic change/,
  );
});

test('convicts a new description that costs state, also where that is told', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  change(story, 'cosmetic');
  alice.get({ outcome: toldLost(), by: [] });
  story.move(alice);
  alice.get();
  expectFindings(changeEvicts, story.evidence(), /alice\/1 lost its upstream session/);
});

test('excuses a new upstream session that a fault or a told loss explains', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  const bob = story.connect('bob/1').get();
  change(story, 'cosmetic');
  story
    .wait(100)
    .fault({ kind: 'forget-sessions', healedAtMs: story.nowMs + 1 })
    .wait(100);
  alice.get({ outcome: toldLost(), by: [] });
  story.move(alice);
  alice.get();
  story.wait(100).fault({ kind: 'down' });
  story.move(bob);
  bob.get();
  expectPass(changeEvicts, story.evidence());
});

test('convicts sessions that outlive a change of a connect field, used or idle', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.connect('idle/1').get();
  change(story, 'connect');
  alice.get();
  later(story);
  expectFindings(
    changeEvicts,
    story.evidence(),
    /alice\/1 kept its upstream session on counter over a connect change/,
    /the upstream session counter\/e1\/s1 outlived a connect change/,
    /the upstream session counter\/e1\/s2 outlived/,
  );
});

test('convicts an upstream that is removed and serves all the same', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  change(story, 'removed');
  evict(story, alice);
  story.move(alice);
  alice.get();
  expectFindings(changeEvicts, story.evidence(), /alice\/1 was still served by counter over a rem/);
});

test('asks for the end of no session that the upstream has lost by itself', () => {
  const story = new Story();
  story.connect('alice/1').get();
  const bob = story.connect('bob/1').get();
  story.restart();
  story.move(bob);
  bob.get();
  change(story, 'connect');
  evict(story, bob);
  later(story);
  expectPass(changeEvicts, story.evidence());
});

test('is inconclusive if the scenario ended too soon, or nothing was changed', () => {
  const story = new Story();
  story.connect('alice/1').get();
  change(story, 'connect');
  story.connect('bob/1').request('ping');
  expectInconclusive(changeEvicts, story.evidence(), /ended \d+ ms after a change, which has 3000/);
  later(story);
  const noise = { lagMaxMs: 0, probeMaxMs: 800 };
  expectInconclusive(changeEvicts, story.evidence({ noise }), /too busy/);
  expectInconclusive(changeEvicts, new Story().evidence(), /nothing to examine/);
  expect(changeEvicts.notApplicable?.(DEFAULT_CLAIMS)).toMatch(/no admin API/);
});
