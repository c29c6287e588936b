import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { noForeignAnswer } from './no-foreign-answer.ts';
import { broken } from './outcomes-for-test.ts';
import { Story, type Client } from './story-for-test.ts';

function homeOf(client: Client, upstream = 'counter') {
  const home = client.homes.get(upstream);
  if (home === undefined) throw new Error(`no home on ${upstream}`);
  return home;
}

test('passes answers that come in another order than their requests', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  const at = story.nowMs;
  for (let i = 0; i < 5; i++) {
    alice.call('echo', { at: at + i, takes: 50 - 9 * i });
    bob.increment(1, { at: at + i, takes: 9 * i + 3 });
  }
  expect(expectPass(noForeignAnswer, story.evidence()).examined).toBe(10);
});

test('passes two upstreams that happen to give the same nonce', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(1, { upstream: 'first' });
  alice.increment(1, { upstream: 'second', payload: { nonce: homeOf(alice, 'first').nonce } });
  const evidence = story.evidence();
  const ledger = evidence.ledger.map((line) =>
    line.kind === 'initialize' ? { ...line, nonce: homeOf(alice, 'first').nonce } : line,
  );
  expectPass(noForeignAnswer, { ...evidence, ledger });
});

test('passes a call that was replayed, and answered by the second session it reached', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.get({ by: [homeOf(alice), story.move(alice)] });
  expectPass(noForeignAnswer, story.evidence());
});

test('convicts an answer to another call, by its opId and by its tag', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { payload: { opId: 'bob/1.7' } });
  alice.call('echo', { payload: { tag: 'theirs' } });
  expectFindings(
    noForeignAnswer,
    story.evidence(),
    /asked as alice\/1\.\d+ and was given the answer to bob\/1\.7/,
    /asked with the tag tag-\d+ and was given the answer to theirs/,
  );
});

test('convicts an answer out of a session that never got the request', () => {
  const story = new Story();
  const bob = story.connect('bob/1').increment();
  story.connect('alice/1').increment(1, { payload: { nonce: homeOf(bob).nonce } });
  expectFindings(noForeignAnswer, story.evidence(), /alice\/1 .* session that never received it/);
});

test('convicts a call that another upstream answered', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1');
  alice.get({ upstream: 'first', by: [homeOf(alice, 'second')] });
  expectFindings(noForeignAnswer, story.evidence(), /asked first and was answered by second/);
});

test('convicts an answer under an id that its request did not have', () => {
  const story = new Story();
  story.connect('alice/1').get();
  story.fact('foreign-answer', { session: 'alice/1', op: 3, requestId: 3, answeredId: 4 });
  expectFindings(noForeignAnswer, story.evidence(), /under an id .*"answeredId":4/);
});

test('is inconclusive where nothing was answered', () => {
  const story = new Story();
  story.connect('alice/1').get({ outcome: broken() });
  expectInconclusive(noForeignAnswer, story.evidence(), /nothing to examine/);
});
