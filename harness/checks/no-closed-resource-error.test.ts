import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { CLOSED_RESOURCE_TEXTS, noClosedResourceError } from './no-closed-resource-error.ts';
import { broken, lost } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';

test('passes honest errors, and results that only talk of closed things', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ outcome: broken() }).get({ outcome: lost() });
  const excerpt = 'what ClosedResourceError means';
  alice.get({ outcome: { type: 'ok', kind: 'result', status: 200, excerpt } });
  expect(expectPass(noClosedResourceError, story.evidence()).examined).toBe(5);
});

test.each(CLOSED_RESOURCE_TEXTS)('convicts %s, whatever fault there was', (text) => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'down' });
  alice.get({ outcome: broken(`Error: ${text} in worker`) });
  expectFindings(noClosedResourceError, story.evidence(), new RegExp(`was told "${text}"`));
});

test("convicts a target's page, and not our own client's words for a broken connection", () => {
  const story = new Story();
  const ours = { type: 'info', kind: 'transport-error', message: 'ERR_STREAM_DESTROYED' } as const;
  const alice = story.connect('alice/1').get({ outcome: ours });
  expectPass(noClosedResourceError, story.evidence());
  alice.get({ outcome: { ...ours, excerpt: 'anyio.ClosedResourceError' } });
  expectFindings(noClosedResourceError, story.evidence(), /was told "ClosedResourceError"/);
});

test('is inconclusive where nothing was asked', () => {
  expectInconclusive(noClosedResourceError, new Story().evidence(), /nothing to examine/);
});
