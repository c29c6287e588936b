import { expect, test } from 'vitest';
import { Story, type Client } from '../checks/story-for-test.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import { openCase } from './case-file.ts';
import { splitBrains } from './split-brain.ts';

/** One line for two lives that overlap: whose, where, and the calls and lines that show it. */
function told(story: Story): readonly string[] {
  return splitBrains(openCase(story.evidence())).map(
    ({ name, session, upstream, operations, lines }) =>
      `${name}: ${session} at ${upstream}: ${[...operations.map(opRef), ...lines.map(ledgerRef)].join(' ')}`,
  );
}

/** A get in each of the lives of the counter at these times, in milliseconds from now. */
function served(story: Story, client: Client, lives: readonly (readonly number[])[]): void {
  const from = story.nowMs;
  lives.forEach((times, index) => {
    if (index > 0) story.restart();
    const home = story.move(client);
    for (const ms of times) client.get({ at: from + ms, by: [home] });
  });
}

test('a life that begins while the one before goes on', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  served(story, alice, [
    [0, 100],
    [50, 150],
  ]);
  expect(told(story)).toEqual(['SPLIT_BRAIN: alice/1 at counter: h9 h7 counter#e1.4 counter#e2.2']);
});

test('lives that follow each other, and one that begins in the very moment of the other’s last call', () => {
  const story = new Story();
  served(story, story.connect('alice/1'), [
    [0, 50],
    [50, 60],
    [70, 80],
  ]);
  expect(told(story)).toEqual([]);
});

test('two lives within a long one are each told beside the long one', () => {
  const story = new Story();
  served(story, story.connect('alice/1'), [
    [0, 400],
    [100, 200],
    [300, 350],
  ]);
  expect(told(story)).toEqual([
    'SPLIT_BRAIN: alice/1 at counter: h15 h7 counter#e1.4 counter#e2.2',
    'SPLIT_BRAIN: alice/1 at counter: h15 h11 counter#e1.4 counter#e3.2',
  ]);
});

test('a chain of lives, each beside the one before', () => {
  const story = new Story();
  served(story, story.connect('alice/1'), [
    [0, 100],
    [50, 300],
    [200, 400],
  ]);
  expect(told(story)).toEqual([
    'SPLIT_BRAIN: alice/1 at counter: h9 h7 counter#e1.4 counter#e2.2',
    'SPLIT_BRAIN: alice/1 at counter: h13 h11 counter#e2.4 counter#e3.2',
  ]);
});

test('lives of two upstreams, and of two client sessions, have nothing to do with each other', () => {
  const story = new Story(['counter', 'other']).restart('other');
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  const from = story.nowMs;
  alice.get({ at: from }).get({ at: from + 100 });
  alice.get({ at: from + 50, upstream: 'other' });
  bob.get({ at: from + 20 });
  story.restart();
  story.move(bob);
  bob.get({ at: from + 70 });
  story.nowMs = from + 200;
  story.move(alice);
  alice.get();
  expect(told(story)).toEqual([]);
});
