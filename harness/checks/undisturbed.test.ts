import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { Story } from './story-for-test.ts';
import { undisturbed } from './undisturbed.ts';

function struck(): Story {
  return new Story(['struck', 'calm']);
}

test('passes quick calls elsewhere while a fault lasts', () => {
  const story = struck();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'blackhole', upstream: 'struck', healedAtMs: story.nowMs + 5_000 }).wait(10);
  alice.get({ upstream: 'calm', takes: 1_000 }).increment(1, { upstream: 'calm' });
  alice.get({ upstream: 'struck', takes: 3_000 });
  expect(expectPass(undisturbed, story.evidence()).examined).toBe(2);
});

test('convicts a call on a calm upstream, and a sibling of a call that hangs', () => {
  const story = struck();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.call('hang', { upstream: 'struck', at, takes: 4_000 });
  alice.get({ upstream: 'struck', at: at + 600, takes: 1_001 });
  alice.get({ upstream: 'calm', at: at + 600, takes: 2_000 });
  expectFindings(
    undisturbed,
    story.evidence(),
    /get took 1001 ms though the fault was elsewhere/,
    /get took 2000 ms/,
  );
});

test('judges neither slow tools, nor calls outside the fault, nor what was given up', () => {
  const story = struck();
  const alice = story.connect('alice/1').get({ upstream: 'calm', takes: 2_000 });
  story.fault({ kind: 'down', upstream: 'struck', healedAtMs: story.nowMs + 100 });
  alice.call('slow_increment', { upstream: 'calm', at: story.nowMs + 50, takes: 3_000 });
  const giveUp = { how: 'abort', at: story.nowMs + 1_500 } as const;
  alice.get({ upstream: 'calm', at: story.nowMs + 50, takes: 1_500, giveUp });
  alice.get({ upstream: 'calm', at: story.nowMs + 50, outcome: null });
  alice.get({ upstream: 'calm', at: story.nowMs + 101, takes: 3_000 });
  expectInconclusive(undisturbed, story.evidence(), /nothing to examine/);
});

test('takes a fault that never became active for none', () => {
  const story = struck();
  const alice = story.connect('alice/1');
  const { nowMs: requestedAtMs } = story;
  story.receipts.push({ id: 'f1', kind: 'down', upstream: 'struck', requestedAtMs, seen: [] });
  alice.get({ upstream: 'calm' });
  expectInconclusive(undisturbed, story.evidence(), /nothing to examine/);
});

test('is inconclusive about a slow call on a busy machine', () => {
  const story = struck();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'blackhole', upstream: 'struck' }).wait(10);
  alice.get({ upstream: 'calm', takes: 1_100 });
  const noise = { lagMaxMs: 251, probeMaxMs: 0 };
  expectInconclusive(undisturbed, story.evidence({ noise }), /bound of 1000 ms/);
});
