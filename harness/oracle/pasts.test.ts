import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import { openCase } from './case-file.ts';

/** What each upstream session of the ledger stood at when it began, and whether it had been used. */
function pasts(story: Story): Readonly<Record<string, string>> {
  const { pasts: found, join } = openCase(story.evidence());
  return Object.fromEntries(
    join.columns.homes.map(({ session }, number) => {
      const used = found.isUsed[number] === 1 ? 'used' : 'new';
      return [session, `${found.began[number]}, ${used}`];
    }),
  );
}

const home = (session: string) =>
  ({ upstream: 'counter', epoch: 'e1', session, nonce: `nonce of ${session}`, value: 0 }) as const;

function applied(story: Story, session: string, before: number): void {
  const about = { epoch: 'e1', session, opId: `${session} ${before}` };
  story.line('counter', { kind: 'apply', ...about, before, after: before + 1 });
}

test('a session that the ledger saw being opened is new, whatever is said of it later', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ payload: { value: 7 } });
  applied(story, 's1', 5);
  alice.get();
  expect(pasts(story)).toEqual({ s1: '0, new' });
});

test('of any other its first application or answer tells, and only that', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  applied(story, 'applied', 3);
  applied(story, 'applied', 4);
  alice.get({ by: [home('read')], payload: { value: 2 } });
  applied(story, 'read', 8);
  expect(pasts(story)).toEqual({ applied: '3, used', read: '2, used' });
});

test('one that stood at zero had not been used, if it was opened before', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  applied(story, 'applied', 0);
  applied(story, 'applied', 6);
  alice.get({ by: [home('read')] }).get({ by: [home('read')], payload: { value: 6 } });
  expect(pasts(story)).toEqual({ applied: '0, new', read: '0, new' });
});

test('a request says nothing, nor an answer that gave no value or that nobody asked for', () => {
  const story = new Story().restart();
  const alice = story.connect('alice/1', { homes: false });
  const by = [home('old')];
  alice.call('echo', { by }).get({ by, outcome: null });
  const { upstream, epoch, session } = home('old');
  story.line(upstream, { kind: 'answer', epoch, session, requestId: 1, opId: 'nobodys' });
  expect(pasts(story)).toEqual({ old: '0, new' });
  alice.get({ by, payload: { value: 4 } });
  expect(pasts(story)).toEqual({ old: '4, used' });
});

test('a read tells with its answer, when what was applied meanwhile has told already', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  const at = story.nowMs;
  alice.get({ at, takes: 20, by: [home('old')], payload: { value: 1 } });
  const apply = {
    kind: 'apply',
    opId: 'x',
    before: 0,
    after: 1,
    epoch: 'e1',
    session: 'old',
  } as const;
  story.line('counter', apply, at + 15);
  expect(pasts(story)).toEqual({ old: '0, new' });
});

test('a read that two were asked for says nothing of either', () => {
  const story = new Story();
  const alice = story.connect('alice/1', { homes: false });
  alice.get({ by: [home('pre'), home('other')], payload: { value: 2 } });
  expect(pasts(story)).toEqual({ pre: '0, new', other: '0, new' });
});
