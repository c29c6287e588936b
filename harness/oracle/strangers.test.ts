import { expect, test } from 'vitest';
import { broken } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import { openCase } from './case-file.ts';
import { findAnomalies } from './find-anomalies.ts';
import { strangersIn } from './strangers.ts';

/** One line a stranger: how often it was where, whose that is, and what proves it. */
function told(story: Story): readonly string[] {
  return strangersIn(openCase(story.evidence())).map(
    ({ name, session, owner, ownersFirst, first, home, upstream, calls, operations, lines }) =>
      `${name}: ${session} ${calls} × at ${home.key} (${upstream}) of ${owner}, ` +
      `${ownersFirst ? opRef(ownersFirst.operation) : 'none'} and ${opRef(first.operation)}; ` +
      [...operations.map(opRef), ...lines.map(ledgerRef)].join(' '),
  );
}

test('an upstream session belongs to whom it served most of those who were there, whoever came first', () => {
  const story = new Story();
  const [alice, bob] = [story.connect('alice/1'), story.connect('bob/1')];
  const by = [homeOf(alice)];
  alice.get();
  bob.get({ by });
  alice.get();
  bob.get({ by }).get({ by });
  expect(told(story)).toEqual([
    'SESSION_SHARED: alice/1 2 × at counter/e1/s1 (counter) of bob/1, h12 and h10; h10 h14 counter#e1.2 counter#e1.6',
  ]);
});

test('and to nobody who came when another had used it already, however often it served him', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  alice.delete({ forwardedAt: 'never' });
  const by = [homeOf(alice)];
  const bob = story.connect('bob/1', { homes: false }).increment(3, { by });
  const carol = story.connect('carol/1', { homes: false }).increment(4, { by });
  for (const { label } of [bob, carol]) {
    expect(
      strangersIn(openCase(story.evidence())).find((one) => one.session === label),
    ).toMatchObject({
      name: 'FOREIGN',
      owner: 'alice/1',
    });
  }
});

test('whoever came too late stands back behind all others, whenever they were there', () => {
  const story = new Story();
  const [alice, bob] = [story.connect('alice/1'), story.connect('bob/1')];
  const by = [homeOf(alice)];
  alice.get();
  story.connect('carol/1', { homes: false }).get({ by });
  for (let times = 0; times < 3; times += 1) bob.get({ by });
  expect(
    strangersIn(openCase(story.evidence())).map(({ session, owner }) => [session, owner]),
  ).toEqual([
    ['alice/1', 'bob/1'],
    ['carol/1', 'bob/1'],
  ]);
});

test('one who came in the very moment of its first use may be its owner', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ at: 2_000 });
  story.nowMs = 2_001.8;
  const by = [homeOf(alice)];
  story.connect('bob/1', { homes: false }).get({ by }).get({ by });
  expect(strangersIn(openCase(story.evidence()))).toMatchObject([{ owner: 'bob/1' }]);
});

test('who came first, if it served both alike, and be it the very first call', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.connect('bob/1').get({ by: [homeOf(alice)] });
  const evidence = story.evidence();
  const operations = evidence.operations.filter(({ invoke }) => invoke.method === 'tools/call');
  expect(strangersIn(openCase({ ...evidence, operations }))).toMatchObject([
    { owner: 'alice/1', session: 'bob/1', calls: 1 },
  ]);
});

test('a stranger need not have been answered', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.connect('bob/1').get({ by: [homeOf(alice)], outcome: broken() });
  expect(told(story)).toEqual([
    'SESSION_SHARED: bob/1 1 × at counter/e1/s1 (counter) of alice/1, h5 and h12; h12 counter#e1.4',
  ]);
});

test('several strangers are told one by one, and each upstream session by itself', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').get().get().get({ upstream: 'other' });
  story.connect('bob/1').get({ by: [homeOf(alice)] });
  const carol = story.connect('carol/1').get({ by: [homeOf(alice)] });
  carol.get({ by: [homeOf(alice, 'other')], upstream: 'other' });
  const at = (line: string): string => line.replace(/ \(.*/, '');
  expect(told(story).map(at)).toEqual([
    'SESSION_SHARED: bob/1 1 × at counter/e1/s1',
    'SESSION_SHARED: carol/1 1 × at counter/e1/s1',
    'SESSION_SHARED: carol/1 1 × at other/e1/s2',
  ]);
});

test('only what was applied there is foreign: once each call, with every line', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3);
  const by = [homeOf(alice)];
  story.connect('bob/1').get({ by }).increment(1, { by, applied: 2 });
  expect(told(story)).toEqual([
    'FOREIGN: bob/1 2 × at counter/e1/s1 (counter) of alice/1, h5 and h16; h18 counter#e1.14 counter#e1.15',
  ]);
});

test('an increment that was seen by another session and applied to its own counter is not foreign', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const bob = story.connect('bob/1').increment();
  bob.increment(1, { by: [homeOf(alice)], applied: 0, invoke: { opId: 'mine' } });
  const { epoch, session } = homeOf(bob);
  story.line('counter', { kind: 'apply', opId: 'mine', before: 1, after: 2, epoch, session });
  expect(told(story)).toEqual([
    'SESSION_SHARED: bob/1 1 × at counter/e1/s1 (counter) of alice/1, h5 and h14; h14 counter#e1.8',
  ]);
});

test('looks at no call by itself where every client has its own', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const bob = story
    .connect('bob/1')
    .increment(1, { invoke: { opId: 'mine' } })
    .get();
  story.connect('carol/1').get();
  const at = { epoch: homeOf(bob).epoch, session: homeOf(bob).session } as const;
  const nobodys = { kind: 'request', method: 'tools/call', requestId: 1, opId: 'nobody' } as const;
  story.line('counter', { ...nobodys, ...at });
  // Only a request shows who was served.
  const { session } = homeOf(alice);
  story.line('counter', { kind: 'apply', opId: 'mine', before: 2, after: 3, epoch: 'e1', session });
  const about = openCase(story.evidence());
  const join = {
    ...about.join,
    get services(): never {
      throw new Error('an object was made for each call');
    },
  };
  expect(strangersIn({ ...about, join })).toEqual([]);
});

/** Only what was written and seen from now on is recorded. */
function recordedFrom(story: Story, fromMs: number): ReturnType<Story['evidence']> {
  const { events, operations, ledger, ...rest } = story.evidence();
  return {
    ...rest,
    events: events.filter(({ atMs }) => atMs >= fromMs),
    operations: operations.filter(({ startMs }) => startMs >= fromMs),
    ledger: ledger.filter(({ atMs }) => atMs >= fromMs),
  };
}

test('an upstream session that was used before the ledger begins belongs to an earlier client', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const by = [homeOf(alice)];
  const fromMs = story.wait(100).nowMs;
  story.connect('bob/1', { homes: false }).increment(1, { by }).get({ by });
  story.connect('carol/1', { homes: false }).get({ by });
  const evidence = recordedFrom(story, fromMs);
  expect(
    strangersIn(openCase(evidence)).map(
      ({ name, session, owner, ownersFirst, operations }) =>
        `${name}: ${session} of ${owner}, ${operations.length}, ${ownersFirst === undefined}`,
    ),
  ).toEqual([
    'FOREIGN: bob/1 of an earlier client, 1, true',
    'SESSION_SHARED: carol/1 of an earlier client, 1, true',
  ]);
  expect(findAnomalies(evidence).anomalies.map(({ name }) => name)).toEqual([
    'FOREIGN',
    'SESSION_SHARED',
  ]);
});

test('by what was read of it, too', () => {
  const story = new Story();
  const by = [homeOf(story.connect('alice/1').increment(2))];
  const fromMs = story.wait(100).nowMs;
  story.connect('bob/1', { homes: false }).get({ by });
  expect(strangersIn(openCase(recordedFrom(story, fromMs)))).toMatchObject([
    { name: 'SESSION_SHARED', session: 'bob/1', owner: 'an earlier client' },
  ]);
});

test("one that was opened in advance and never used is its first client's", () => {
  const story = new Story();
  const by = [story.home()];
  const fromMs = story.wait(100).nowMs;
  story.connect('bob/1', { homes: false }).get({ by }).increment(2, { by });
  const evidence = recordedFrom(story, fromMs);
  expect(findAnomalies(evidence).anomalies).toEqual([]);
});
