import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { oneUpstreamSession } from './one-upstream-session.ts';
import { broken, lost, toldLost } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';
import type { Home } from './told-call-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

test('passes one upstream session per client session and upstream', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(3, { upstream: 'first' });
  alice.call('echo', { upstream: 'second' });
  story.connect('alice/2').get({ upstream: 'first' });
  expect(expectPass(oneUpstreamSession, story.evidence()).examined).toBe(3);
});

test('convicts a new upstream session per call, and two that were opened in a race', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  for (let i = 0; i < 3; i++) alice.get({ by: [story.home()] });
  const bob = story.connect('bob/1');
  const at = story.nowMs;
  bob.get({ at });
  bob.get({ at: at + 1, by: [story.home()], outcome: broken() });
  expectFindings(
    oneUpstreamSession,
    story.evidence(),
    /alice\/1 was served by 3 upstream sessions on counter in 3 calls/,
    /bob\/1 was served by 2 upstream sessions on counter in 2 calls/,
  );
});

test('allows another one after every loss that was told, and in every life of the upstream', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  for (const outcome of [toldLost(), lost()]) {
    alice.get({ outcome, by: [] });
    story.move(alice);
    alice.increment(2);
  }
  story.restart();
  story.move(alice);
  alice.increment();
  expectPass(oneUpstreamSession, story.evidence());
  story.move(alice);
  alice.increment();
  expectFindings(oneUpstreamSession, story.evidence(), /2 upstream sessions .* in 2 calls/);
});

test('allows siblings in flight to move when one of them is told', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const at = story.nowMs;
  alice.get({ at, outcome: lost(), takes: 20 });
  story.move(alice);
  alice.increment(1, { at: at + 1, takes: 30 });
  expectPass(oneUpstreamSession, story.evidence());
});

test('leaves out what a fault broke, and judges what succeeded in spite of it', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 50 });
  alice.get({ by: [story.home()], outcome: broken() });
  story.wait(200);
  alice.increment();
  expectPass(oneUpstreamSession, story.evidence());
  const bob = story.connect('bob/1').increment();
  story.wait(100).fault({ kind: 'down' });
  bob.get({ by: [story.home()] });
  expectFindings(oneUpstreamSession, story.evidence(), /bob\/1 was served by 2/);
});

test('is inconclusive without calls, and not applicable to shared sessions', () => {
  const story = new Story();
  story.connect('alice/1');
  expectInconclusive(oneUpstreamSession, story.evidence(), /nothing to examine/);
  expect(oneUpstreamSession.notApplicable?.({ ...DEFAULT_CLAIMS, sessions: 'stateless' })).toMatch(
    /stateless/,
  );
});

test('lets a target open a new one silently if it claims that state may be lost so', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const { session } = [...alice.homes.values()][0] as Home;
  story.line('counter', { kind: 'control', epoch: 'e1', command: { kind: 'forget-sessions' } });
  story.wait(5).line('counter', {
    kind: 'unknown-session',
    epoch: 'e1',
    method: 'tools/call',
    session,
  });
  story.wait(1).move(alice);
  alice.increment(2);
  expectPass(oneUpstreamSession, story.evidence({ claims: { loss: 'silent' } }));
  expectFindings(oneUpstreamSession, story.evidence(), /2 upstream sessions/);
});

test('convicts a way back to a session that was left, whatever was told', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = [...alice.homes.values()][0] as Home;
  alice.get({ outcome: lost(), by: [] });
  story.move(alice);
  alice.increment(2);
  expectPass(oneUpstreamSession, story.evidence());
  alice.call('echo', { by: [old] });
  expectFindings(oneUpstreamSession, story.evidence(), /that it had left/);
});

test('and one who is answered by two of them in turns', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = [...alice.homes.values()][0] as Home;
  alice.get({ outcome: lost(), by: [] });
  const fresh = story.move(alice);
  alice
    .increment(2)
    .get({ by: [fresh, old] })
    .get({ by: [old, fresh] });
  expectFindings(oneUpstreamSession, story.evidence(), /that it had left/);
});
