import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, lost, timedOut } from './outcomes-for-test.ts';
import { stolenSessionRefused } from './stolen-session-refused.ts';
import { Story } from './story-for-test.ts';
import { Client } from './story-for-test.ts';

const hostile = { invoke: { hostile: true } } as const;
const OK = { type: 'ok', kind: 'result', status: 200 } as const;

function theft(): { readonly story: Story; readonly victim: Client; readonly thief: Client } {
  const story = new Story();
  const victim = story.connect('alice/1').increment();
  return { story, victim, thief: new Client(story, 'alice/1!bob', 'bob') };
}

test('passes refusals of any wording', () => {
  const { story, thief } = theft();
  thief.get({ ...hostile, outcome: lost() });
  thief.get({ ...hostile, outcome: broken('this session is not yours') });
  thief.get({ ...hostile, outcome: { type: 'info', kind: 'tool-error', message: 'forbidden' } });
  thief.request('GET', { ...hostile, outcome: { type: 'fail', kind: 'http-error', status: 403 } });
  expect(expectPass(stolenSessionRefused, story.evidence()).examined).toBe(4);
});

test('convicts anything that a stolen id opens, and silence', () => {
  const { story, thief } = theft();
  thief.get({ ...hostile, outcome: OK }).request('GET', { ...hostile, outcome: OK });
  thief.request('DELETE', { ...hostile, outcome: OK });
  thief.get({ ...hostile, outcome: timedOut(), takes: 10_000 });
  expectFindings(
    stolenSessionRefused,
    story.evidence(),
    /alice\/1!bob tools\/call get with a stolen session id got result HTTP 200/,
    /GET with a stolen/,
    /DELETE with a stolen/,
    /got timeout/,
  );
});

test('convicts a refusal that comes after the upstream had the call', () => {
  const { story, victim, thief } = theft();
  const by = [...victim.homes.values()];
  thief.increment(1, { ...hostile, outcome: lost(), by });
  expectFindings(stolenSessionRefused, story.evidence(), /HTTP 404 .* and reached the upstream/);
});

test('excuses what a fault cut off', () => {
  const { story, thief } = theft();
  story.wait(100).fault({ kind: 'down' });
  thief.get({ ...hostile, outcome: { type: 'info', kind: 'transport-error' } });
  expectPass(stolenSessionRefused, story.evidence());
});

test('takes no client that goes on in its own deleted session for a thief', () => {
  const { story, victim } = theft();
  victim.delete().get({ ...hostile, outcome: OK });
  expectInconclusive(stolenSessionRefused, story.evidence(), /nothing to examine/);
});
