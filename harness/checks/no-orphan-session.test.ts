import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { noOrphanSession } from './no-orphan-session.ts';
import { Story } from './story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

test('passes sessions that served a call or were ended', () => {
  const story = new Story();
  story.connect('alice/1').get();
  story.connect('bob/1').get().delete();
  const { epoch, session } = story.home();
  story.line('counter', { kind: 'delete', epoch, session, known: true });
  expectPass(noOrphanSession, story.evidence());
});

test('convicts what is left of a race', () => {
  const story = new Story();
  story.connect('alice/1').get();
  story.home();
  story.home();
  expectFindings(
    noOrphanSession,
    story.evidence(),
    /on counter was opened, served no call and was never ended \(2 such, and 0 clients/,
    /on counter was opened/,
  );
});

test('counts sessions that serve the target itself as used', () => {
  const story = new Story();
  story.connect('alice/1').get();
  const { epoch, session } = story.home();
  const about = { epoch, session, requestId: 1, method: 'tools/list' };
  story.line('counter', { kind: 'request', ...about });
  expectPass(noOrphanSession, story.evidence());
});

test('grants a client that has not called yet its upstream session, and only one', () => {
  const story = new Story(['first', 'second']);
  story.connect('alice/1').get({ upstream: 'first' }).get({ upstream: 'second' });
  story.connect('bob/1').get({ upstream: 'first' });
  expectPass(noOrphanSession, story.evidence());
  story.home('first');
  expectFindings(noOrphanSession, story.evidence(), /on first .* \(1 such, and 0 clients/);
});

test('is not fooled by the same id in another life: the dead life needs no end, the new one does', () => {
  const story = new Story();
  const orphan = story.home();
  story.connect('alice/1').get();
  story.restart();
  expectPass(noOrphanSession, story.evidence());
  const { session, nonce } = orphan;
  story.wait(1).line('counter', { kind: 'initialize', epoch: 'e2', session, nonce });
  expectFindings(noOrphanSession, story.evidence(), /opened, served no call/);
});

test('excuses one that was opened while its upstream was struck', () => {
  const story = new Story();
  story.connect('alice/1').get();
  story.wait(100).fault({ kind: 'down', healedAtMs: story.nowMs + 10 });
  story.home();
  expectPass(noOrphanSession, story.evidence());
});

test('excuses one that the upstream has forgotten', () => {
  const story = new Story();
  story.connect('alice/1').get();
  story.home();
  story.wait(100).fault({ kind: 'forget-sessions', healedAtMs: story.nowMs + 1 });
  expectPass(noOrphanSession, story.evidence());
});

test('is inconclusive without calls, and not applicable to shared sessions', () => {
  const story = new Story();
  story.connect('alice/1');
  expectInconclusive(noOrphanSession, story.evidence(), /nothing to examine/);
  expect(noOrphanSession.notApplicable?.({ ...DEFAULT_CLAIMS, sessions: 'shared' })).toMatch(/sh/);
});
