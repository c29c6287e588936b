import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { notSerialised } from './not-serialised.ts';
import { Story } from './story-for-test.ts';

/** A slow call of two seconds, and what is called beside it. */
function beside(story: Story): { readonly at: number } {
  const at = story.nowMs;
  story.connect('alice/1').call('slow_increment', { at, takes: 2_000 });
  return { at };
}

test('passes quick calls beside a slow one', () => {
  const story = new Story();
  const { at } = beside(story);
  const bob = story.connect('bob/1');
  bob.get({ at: at + 100 }).increment(1, { at: at + 200, takes: 1_299 });
  expect(expectPass(notSerialised, story.evidence()).examined).toBe(2);
});

test('convicts calls that wait for the slow one, whoever made them', () => {
  const story = new Story();
  const { at } = beside(story);
  story.connect('bob/1').get({ at: at + 100, takes: 1_905 });
  story.connect('alice/2').increment(1, { at: at + 900, takes: 601 });
  expectFindings(
    notSerialised,
    story.evidence(),
    /bob\/1 tools\/call get took 1905 ms behind the slow call of alice\/1/,
    /alice\/2 tools\/call increment took 601 ms behind/,
  );
});

test('does not take a quick call late in the slow one for one that waited', () => {
  const story = new Story();
  const { at } = beside(story);
  const bob = story.connect('bob/1').get({ at: at + 100 });
  bob.get({ at: at + 1_499, takes: 4 }).get({ at: at + 1_998, takes: 4 });
  expect(expectPass(notSerialised, story.evidence()).examined).toBe(1);
});

test('judges no call that was given up or exposed, and none beside a slow call that failed', () => {
  const story = new Story();
  const { at } = beside(story);
  const bob = story.connect('bob/1');
  bob.get({ at: at + 100, takes: 1_800, giveUp: { how: 'abort', at: at + 1_800 } });
  bob.get({ at: at + 100, outcome: null });
  expectInconclusive(notSerialised, story.evidence(), /nothing to examine/);
  story.fault({ kind: 'latency', requestedAtMs: at + 100 });
  bob.get({ at: at + 200, takes: 1_800 });
  expectInconclusive(notSerialised, story.evidence(), /nothing to examine/);
});

test('is inconclusive about a slow answer on a busy machine, unless it waited much longer', () => {
  const story = new Story();
  const { at } = beside(story);
  const bob = story.connect('bob/1').get({ at: at + 900, takes: 601 });
  const noise = { lagMaxMs: 151, probeMaxMs: 0 };
  expectInconclusive(notSerialised, story.evidence({ noise }), /bound of 500 ms/);
  bob.get({ at: at + 100, takes: 1_905 });
  expectFindings(notSerialised, story.evidence({ noise }), /took 1905 ms/);
});
