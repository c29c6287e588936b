import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { noEmptyError } from './no-empty-error.ts';
import { broken, timedOut } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';

test('passes errors with a reason, and ends that no target worded', () => {
  const story = new Story();
  const alice = story
    .connect('alice/1')
    .increment()
    .get({ outcome: broken('reason: none left') });
  alice.call('fail').get({ outcome: timedOut() });
  alice.get({ outcome: { type: 'info', kind: 'transport-error', message: '' } });
  alice.get({ outcome: { type: 'fail', kind: 'http-error', status: 404, message: '' } });
  expect(expectPass(noEmptyError, story.evidence()).examined).toBe(8);
});

test.each([
  '',
  '  ',
  'Tool invocation failed: ',
  'failed:\n',
  'None',
  'reason: undefined',
  '[object Object]',
])('convicts %j as rpc-error and as tool-error', (message) => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ outcome: broken(message) });
  alice.get({ outcome: { type: 'info', kind: 'tool-error', status: 200, message } });
  expectFindings(
    noEmptyError,
    story.evidence(),
    /get failed without a reason: rpc-error HTTP 200 -32603/,
    /get failed without a reason: tool-error HTTP 200/,
  );
});

test('convicts an error without any text', () => {
  const story = new Story();
  story.connect('alice/1').get({ outcome: { type: 'info', kind: 'tool-error', status: 200 } });
  expectFindings(noEmptyError, story.evidence(), /without a reason/);
});

test('is inconclusive where nothing was asked', () => {
  expectInconclusive(noEmptyError, new Story().evidence(), /nothing to examine/);
});
