import { expect, test } from 'vitest';
import { broken, lost, timedOut, toldLost } from '../checks/outcomes-for-test.ts';
import { homeOf, Story, type Client } from '../checks/story-for-test.ts';
import type { Home } from '../checks/told-call-for-test.ts';
import type { Anomaly } from './anomaly.ts';
import { findAnomalies } from './find-anomalies.ts';

function found(story: Story): readonly Anomaly[] {
  const { anomalies } = findAnomalies(story.evidence());
  for (const { operations, lines, events = [] } of anomalies) {
    expect(operations.length + lines.length + events.length).toBeGreaterThan(0);
  }
  return anomalies;
}

function namesIn(story: Story): readonly string[] {
  return found(story).map(({ name, variant }) =>
    variant === undefined ? name : `${name} ${variant}`,
  );
}

const told = (value: number, home: Home) =>
  ({
    type: 'ok',
    kind: 'result',
    payload: { value, nonce: home.nonce, epoch: home.epoch },
  }) as const;

test('finds nothing in what went well, whatever its fate was unknown', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment(3).get();
  const bob = story.connect('bob/1').increment(2, { upstream: 'other' });
  alice.increment(1, { outcome: broken() }).increment(1, { outcome: broken(), applied: 0 });
  bob.increment(1, { outcome: lost() }).call('hang').call('break').get({ upstream: 'other' });
  alice.get();
  expect(namesIn(story)).toEqual([]);
});

test('LOST: acknowledged and never applied', () => {
  const story = new Story();
  story
    .connect('alice/1')
    .increment(1, { applied: 0 })
    .increment(1, { applied: 0, outcome: broken() });
  expect(namesIn(story)).toEqual(['LOST']);
});

test('DUPLICATE: in one life of the upstream, in two, and after the client had its answer', () => {
  const within = new Story();
  within.connect('alice/1').increment(1, { applied: 2 });
  expect(namesIn(within)).toEqual(['DUPLICATE same epoch']);

  const across = new Story();
  const bob = across.connect('bob/1');
  const old = homeOf(bob);
  across.restart();
  bob.increment(1, { by: [old, across.move(bob)], outcome: timedOut() });
  expect(namesIn(across)).toEqual(['DUPLICATE across restart']);

  const late = new Story();
  const carol = late
    .connect('carol/1')
    .increment(1, { outcome: broken(), invoke: { opId: 'late' } });
  const { upstream, epoch, session } = homeOf(carol);
  late
    .wait(500)
    .line(upstream, { kind: 'apply', opId: 'late', before: 1, after: 2, epoch, session });
  expect(namesIn(late)).toEqual(['DUPLICATE late']);
});

test('FAILED_BUT_APPLIED: refused and applied', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.increment(1, { outcome: lost(), by: [homeOf(alice)], applied: 1 });
  expect(namesIn(story)).toEqual(['FAILED_BUT_APPLIED']);
});

test('PHANTOM: applied, and asked for by nobody, or by a call that does not count', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  const { upstream, epoch, session } = homeOf(alice);
  story.line(upstream, { kind: 'apply', opId: 'nobody', before: 1, after: 2, epoch, session });
  alice.call('echo', { applied: 1 });
  expect(namesIn(story)).toEqual(['PHANTOM', 'PHANTOM']);
});

test('FOREIGN where an increment was applied to another counter, SESSION_SHARED where none was', () => {
  const foreign = new Story();
  const alice = foreign.connect('alice/1').increment(3);
  const bob = foreign.connect('bob/1').increment();
  bob.increment(2, { by: [homeOf(alice)] }).increment();
  const [one, ...others] = found(foreign);
  expect(others).toEqual([]);
  expect(one).toMatchObject({ name: 'FOREIGN', session: 'bob/1', owner: 'alice/1' });
  expect(one?.operations).toHaveLength(2);

  const shared = new Story();
  const carol = shared.connect('carol/1').increment(3);
  shared.connect('dave/1').call('echo', { by: [homeOf(carol)] });
  expect(namesIn(shared)).toEqual(['SESSION_SHARED']);
});

test('SESSION_SPLIT where the old state lives on, SILENT_RESET where it is gone, neither where it was told', () => {
  const split = new Story();
  const alice = split.connect('alice/1').increment(2);
  split.move(alice);
  alice.increment();
  expect(namesIn(split)).toEqual(['SESSION_SPLIT']);

  const reset = new Story();
  const bob = reset.connect('bob/1').increment(2);
  reset.restart();
  reset.move(bob);
  bob.get();
  expect(namesIn(reset)).toEqual(['SILENT_RESET']);

  const forgotten = new Story();
  const carol = forgotten.connect('carol/1').increment(2);
  const command = { kind: 'forget-sessions' };
  forgotten.wait(10).line('counter', { kind: 'control', command, epoch: 'e1' }).wait(10);
  forgotten.move(carol);
  carol.get();
  expect(namesIn(forgotten)).toEqual(['SILENT_RESET']);

  const ended = new Story();
  const dave = ended.connect('dave/1').increment(2);
  const { session, epoch } = homeOf(dave);
  ended.line('counter', { kind: 'delete', session, epoch, known: true }).wait(10);
  ended.move(dave);
  dave.get();
  expect(namesIn(ended)).toEqual(['SILENT_RESET']);

  const honest = new Story();
  const eve = honest.connect('eve/1').increment(2).increment(1, { outcome: toldLost(), by: [] });
  honest.move(eve);
  eve.increment();
  expect(namesIn(honest)).toEqual([]);
});

test('SPLIT_BRAIN: the old life goes on serving beside the new one', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  const old = homeOf(alice);
  story.restart();
  alice.increment(1, { outcome: toldLost(), by: [] });
  story.move(alice);
  alice.increment().get({ by: [old] });
  expect(namesIn(story)).toEqual(['SPLIT_BRAIN']);
});

test('MISROUTED: by opId, by tag, by id, by upstream, by upstream session', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment();
  const bob = story.connect('bob/1').increment();
  alice.get({ payload: { opId: 'bob/1.9' } }).call('echo', { payload: { tag: 'theirs' } });
  alice.call('echo', { payload: { nonce: homeOf(bob).nonce } });
  bob.call('whoami', { upstream: 'counter', by: [homeOf(bob, 'other')] });
  const value = { session: 'alice/1', op: 1, requestId: 1, answeredId: 2 };
  story.fact('foreign-answer', value);
  expect(namesIn(story).toSorted()).toEqual([
    'MISROUTED answer',
    'MISROUTED answer',
    'MISROUTED id',
    'MISROUTED session',
    'MISROUTED upstream',
  ]);
});

test('WRONG_VALUE: of an increment, of a read, and of a read that never took place', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(2);
  alice.increment(1, { payload: { value: 9 } }).get({ payload: { value: 2 } });
  alice.get({ by: [], payload: { value: 3, nonce: homeOf(alice).nonce, epoch: 'e1' } });
  expect(namesIn(story)).toEqual(['WRONG_VALUE', 'WRONG_VALUE', 'WRONG_VALUE']);
});

test('lets a read see what was applied while it was under way, and no less or more', () => {
  const seen = (value: number): readonly string[] => {
    const story = new Story();
    const alice = story.connect('alice/1').increment();
    const at = story.nowMs;
    alice.get({ at, takes: 20, payload: { value } });
    alice.increment(1, { at: at + 8, takes: 8 }).increment(1, { at: at + 30 });
    return namesIn(story);
  };
  expect([seen(1), seen(2)]).toEqual([[], []]);
  expect([seen(0), seen(3)]).toEqual([['WRONG_VALUE'], ['WRONG_VALUE']]);
});

test('ORDER: the ledger applied first what was begun when the other had been answered', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const home = homeOf(alice);
  const at = story.nowMs;
  // Answered after 5 ms, and applied 500 ms after its beginning.
  alice.increment(1, { at, takes: 1_000, outcome: null, invoke: { opId: 'early' } });
  const early = story
    .evidence()
    .events.find((one) => one.kind === 'invoke' && one.opId === 'early');
  const op = early?.kind === 'invoke' ? early.op : -1;
  story.event({ kind: 'complete', op, outcome: told(2, home) }, at + 5);
  alice.increment(1, { at: at + 20, takes: 4 });
  expect(namesIn(story)).toEqual(['ORDER']);
});

test('an answer under an id that nobody asked for takes nothing from the answer that was asked for', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { payload: { value: 9 } });
  story.fact('foreign-answer', { session: 'alice/1', op: 3, requestId: 3, answeredId: 4 });
  expect(namesIn(story)).toEqual(['WRONG_VALUE', 'MISROUTED id']);
});

test('going back is told beside the moves of other clients, and of that client on other upstreams', () => {
  const wentBack = (story: Story): Client => {
    const alice = story.connect('alice/1').increment();
    const old = homeOf(alice);
    alice.get({ outcome: toldLost(), by: [] });
    story.move(alice);
    alice.increment().increment(1, { by: [old] });
    return alice;
  };
  const others = new Story();
  wentBack(others);
  const bob = others.connect('bob/1').increment();
  others.move(bob);
  bob.increment();
  expect(found(others).map(({ session }) => session)).toEqual(['bob/1', 'alice/1']);

  const upstreams = new Story(['counter', 'other']);
  const alice = wentBack(upstreams).get({ upstream: 'other' });
  upstreams.move(alice, 'other');
  alice.get({ upstream: 'other' });
  expect(found(upstreams).map(({ upstream }) => upstream)).toEqual(['other', 'counter']);
});

test('without a ledger nobody knows of strangers', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  story.connect('bob/1').increment(1, { by: [homeOf(alice)] });
  expect(findAnomalies(story.evidence()).strangers).toHaveLength(1);
  expect(findAnomalies({ ...story.evidence(), ledger: [] }).strangers).toEqual([]);
});

test('looks once at a recording, however often it is asked', () => {
  const evidence = new Story().evidence();
  expect(findAnomalies(evidence)).toBe(findAnomalies(evidence));
});
