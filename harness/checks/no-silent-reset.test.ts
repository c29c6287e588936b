import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { noSilentReset } from './no-silent-reset.ts';
import { broken, lost, toldLost } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

test('passes sessions that keep their state', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(3, { upstream: 'first' });
  alice.increment(3, { upstream: 'second' });
  story.connect('bob/1').increment(2, { upstream: 'second' });
  expect(expectPass(noSilentReset, story.evidence()).examined).toBe(8);
});

test.each([
  ['404', lost()],
  ['words', toldLost()],
])('passes a loss that was told by %s before', (_, outcome) => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3).get({ outcome, by: [] });
  story.move(alice);
  alice.increment();
  story.restart();
  story.move(alice);
  alice.get({ outcome, by: [] }).increment();
  expectPass(noSilentReset, story.evidence());
});

test('convicts fresh state without a word, in the same life of the upstream and in the next', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3);
  story.move(alice);
  alice.increment();
  story.restart();
  story.move(alice);
  alice.get();
  expectFindings(
    noSilentReset,
    story.evidence(),
    /increment was answered 1 out of fresh state/,
    /get was answered 0 out of fresh state/,
  );
});

test('takes the same session id in another life of the upstream for fresh state', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  story.restart();
  const [old] = alice.homes.values();
  const home = story.move(alice);
  if (old === undefined) throw new Error('no home');
  alice.homes.set('counter', { ...old, epoch: home.epoch });
  alice.increment();
  expectFindings(noSilentReset, story.evidence(), /answered 1 out of fresh state/);
});

test('takes an error that says nothing of the state for no news', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3).get({ outcome: broken() });
  alice.get({ outcome: broken('connection to the session was reset by peer') });
  story.move(alice);
  alice.increment();
  expectFindings(noSilentReset, story.evidence(), /increment was answered 1/);
});

test('takes neither older news nor news that came only afterwards', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2).get({ outcome: toldLost(), by: [] });
  story.move(alice);
  alice.increment();
  story.move(alice);
  alice.increment().get({ outcome: toldLost(), by: [] });
  expectFindings(noSilentReset, story.evidence(), /increment was answered 1/);
});

test("takes no other session's news, nor another upstream's", () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(2, { upstream: 'first' });
  const bob = story.connect('bob/1').get({ upstream: 'first', outcome: lost() });
  alice.get({ upstream: 'second', outcome: toldLost('second'), by: [] });
  story.move(alice, 'first');
  alice.increment(1, { upstream: 'first' });
  expectFindings(noSilentReset, story.evidence(), /alice\/1 .* answered 1 out of fresh state/);
  story.move(bob, 'first');
  bob.get({ upstream: 'first' });
  expectFindings(noSilentReset, story.evidence(), /alice\/1/);
});

test('is not misled by an answer out of the old state that comes late', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const at = story.nowMs;
  alice.call('slow_increment', { at, takes: 500 });
  alice.get({ at: at + 10, outcome: toldLost(), by: [], takes: 5 });
  story.wait(300);
  story.move(alice);
  alice.increment(1, { at: at + 300 });
  expectPass(noSilentReset, story.evidence());
});

test('follows the ledger where the old state answers first after the new one', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.call('slow_increment', { at, takes: 500 });
  alice.get({ at: at + 10, outcome: toldLost(), by: [], takes: 5 });
  story.wait(300);
  story.move(alice);
  alice.increment(1, { at: at + 300 });
  expectPass(noSilentReset, story.evidence());
});

test('lets siblings in flight be served afresh once one of them was told', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const at = story.nowMs;
  alice.get({ at, outcome: lost(), takes: 20 });
  story.move(alice);
  alice.increment(1, { at: at + 1, takes: 19.5 });
  expectPass(noSilentReset, story.evidence());
});

test('allows two answers to be read in the wrong order, within 50 ms', () => {
  const told = (newsTakes: number) => {
    const story = new Story();
    const alice = story.connect('alice/1').increment();
    const at = story.nowMs;
    alice.get({ at, outcome: lost(), takes: newsTakes });
    story.move(alice);
    alice.increment(1, { at: at + 1, takes: 9 });
    return story.evidence();
  };
  expectPass(noSilentReset, told(60));
  expectFindings(noSilentReset, told(61), /increment was answered 1 out of fresh state/);
});

test('is inconclusive without answers, and not applicable where loss may be silent', () => {
  const story = new Story();
  story.connect('alice/1').get({ outcome: broken() });
  expectInconclusive(noSilentReset, story.evidence(), /nothing to examine/);
  expect(noSilentReset.notApplicable?.({ ...DEFAULT_CLAIMS, loss: 'silent' })).toMatch(/silently/);
  expect(noSilentReset.notApplicable?.({ ...DEFAULT_CLAIMS, sessions: 'shared' })).toMatch(
    /shared/,
  );
});
