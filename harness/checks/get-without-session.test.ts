import { expect, test } from 'vitest';
import { getWithoutSession } from './get-without-session.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { timedOut } from './outcomes-for-test.ts';
import { Client, Story } from './story-for-test.ts';
import type { Outcome } from '../history/event.ts';
import type { Claims } from '../target/claims.ts';

const claims: Partial<Claims> = { getWithoutSession: '405' };

function got(outcome: Partial<Outcome>, takes = 4) {
  const story = new Story();
  story.connect('alice/1').get();
  const whole: Outcome = { type: 'fail', kind: 'http-error', ...outcome };
  new Client(story, 'nobody/1', 'alice').request('GET', { outcome: whole, takes });
  return story;
}

test.each([400, 401, 404, 405, 406])('passes HTTP %d where nothing is claimed', (status) => {
  expect(expectPass(getWithoutSession, got({ status }).evidence()).examined).toBe(1);
});

test('passes 405 with Allow where that is claimed, and nothing else', () => {
  const allowed = got({ status: 405, headers: { allow: 'DELETE, POST' } });
  expectPass(getWithoutSession, allowed.evidence({ claims }));
  const without = got({ status: 405 }).evidence({ claims });
  expectFindings(getWithoutSession, without, /HTTP 405 with Allow "", where 405 with Allow is/);
  const other = got({ status: 400, headers: { allow: 'POST' } }).evidence({ claims });
  expectFindings(getWithoutSession, other, /HTTP 400 with Allow "POST"/);
});

test('convicts a server error and a request that hangs', () => {
  expectFindings(getWithoutSession, got({ status: 500 }).evidence(), /got HTTP 500/);
  const hung = got(timedOut(5_000), 5_000).evidence();
  expectFindings(getWithoutSession, hung, /GET without a session got timeout "no answer within/);
});

test('leaves alone a GET that a fault could have touched', () => {
  const story = got({ status: 500 });
  story.fault({ kind: 'down', requestedAtMs: 0 });
  expectInconclusive(getWithoutSession, story.evidence(), /nothing to examine/);
});

test('leaves alone the GET of a session, and that of a thief', () => {
  const story = new Story();
  const alice = story.connect('alice/2');
  alice.request('GET', { outcome: { type: 'ok', kind: 'result', status: 200 } });
  new Client(story, 'alice/2!bob', 'bob').request('GET', { invoke: { hostile: true } });
  expectInconclusive(getWithoutSession, story.evidence({ claims }), /nothing to examine/);
});
