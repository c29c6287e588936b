import { expect, test } from 'vitest';
import { timedOut } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import { openCase } from './case-file.ts';
import { routingAnomalies } from './routing.ts';

/** One line for what went astray: how, whose, where, and what shows it. */
function told(story: Story): readonly string[] {
  return routingAnomalies(openCase(story.evidence())).map((one) => {
    const where = 'upstream' in one ? `at ${one.upstream}` : 'nowhere';
    const events = one.events?.map((seq) => `event ${seq}`) ?? [];
    const refs = [...one.operations.map(opRef), ...one.lines.map(ledgerRef), ...events];
    return `${one.name} ${one.variant} of ${one.session} ${where} by ${refs.join(' ')}`;
  });
}

test('an answer that says whose it is: of another call, of no call, or with another tag alone', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { invoke: { opId: 'mine' } });
  const bob = story.connect('bob/1').get({ payload: { opId: 'mine' } });
  bob.get({ payload: { opId: 'nobodys' } }).get({ payload: { opId: 7 } });
  bob.call('echo', { payload: { tag: 'theirs' } });
  expect(told(story)).toEqual([
    'MISROUTED answer of bob/1 at counter by h12 h5',
    'MISROUTED answer of bob/1 at counter by h14',
    'MISROUTED answer of bob/1 at counter by h16',
    'MISROUTED answer of bob/1 at counter by h18',
  ]);
});

test('an answer that says less, or more, than it was asked says nothing of whose it is', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ payload: { opId: undefined } });
  alice.get({ payload: { tag: 'unasked' } }).call('echo', { payload: { tag: undefined } });
  alice.get({ payload: { nonce: undefined, epoch: undefined } });
  alice.get({ payload: { nonce: 'of no session' } }).get({ payload: { nonce: 7 } });
  alice.get({ payload: { nonce: 'of no session', epoch: undefined } });
  alice.get({ outcome: null }).get({ outcome: null, by: [] });
  expect(told(story)).toEqual([]);
});

test('an answer to a request that named no upstream', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1');
  const [here, there] = [homeOf(alice), homeOf(alice, 'other')];
  const invoke = { tool: 'echo', tag: 'mine' };
  // It may go to any of them, and to another when it is repeated.
  alice.request('resources/read', { invoke: { ...invoke, opId: 'one' }, by: [here, there] });
  expect(told(story)).toEqual([]);
  alice.request('resources/read', {
    invoke: { ...invoke, opId: 'two' },
    by: [here],
    payload: { tag: 'theirs' },
  });
  expect(told(story)).toEqual(['MISROUTED answer of alice/1 nowhere by h7']);
});

test('a request that reached another upstream, and not its own', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1');
  const [here, there] = [homeOf(alice), homeOf(alice, 'other')];
  alice.get({ upstream: 'counter', by: [there, here] });
  alice.get({ upstream: 'counter', by: [here, there] });
  expect(told(story)).toEqual([]);
  alice.get({ upstream: 'counter', by: [there, there], outcome: timedOut() });
  expect(told(story)).toEqual([
    'MISROUTED upstream of alice/1 at counter by h9 other#e1.5 other#e1.6',
  ]);
});

test('what was only seen to be applied elsewhere: its request was joined too late', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1');
  const { epoch, session } = homeOf(alice, 'other');
  alice.increment(2, { by: [], outcome: timedOut() });
  alice.increment(1, { by: [], outcome: timedOut(), invoke: { opId: 'mine' } });
  expect(told(story)).toEqual([]);
  story.line('other', { kind: 'apply', opId: 'mine', before: 0, after: 1, epoch, session });
  expect(told(story)).toEqual(['MISROUTED upstream of alice/1 at counter by h9 other#e1.1']);
});

test('an answer out of a session that was not asked', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const { nonce } = homeOf(story.connect('bob/1'));
  alice.get({ payload: { nonce } }).get({ payload: { nonce, epoch: undefined } });
  alice.get({ payload: { nonce, epoch: 'e7' } });
  alice.get({ by: [], payload: { nonce } });
  expect(told(story)).toEqual([
    'MISROUTED session of alice/1 at counter by h10 counter#e1.1',
    'MISROUTED session of alice/1 at counter by h12 counter#e1.1',
  ]);
});

test('a call that was asked of several sessions may be answered by any of them', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const [own, spare] = [homeOf(alice), story.home()];
  alice.get({ by: [own, spare] }).get({ by: [spare, own] });
  alice.get({ by: [own, spare], payload: { nonce: own.nonce } });
  expect(told(story)).toEqual([]);
});

test('sessions of one nonce are told apart by their life, and not by their upstream', () => {
  const same = { kind: 'initialize', nonce: 'same' } as const;
  const story = new Story(['counter', 'other']);
  story.line('counter', { ...same, epoch: 'e1', session: 'a' });
  story.line('counter', { ...same, epoch: 'e2', session: 'b' });
  story.line('other', { ...same, epoch: 'e2', session: 'c' });
  const home = { nonce: 'same', value: 0 };
  const a = { ...home, upstream: 'counter', epoch: 'e1', session: 'a' };
  const b = { ...home, upstream: 'counter', epoch: 'e2', session: 'b' };
  const c = { ...home, upstream: 'other', epoch: 'e2', session: 'c' };
  const alice = story.connect('alice/1', { homes: false });
  alice
    .get({ by: [a] })
    .get({ by: [b] })
    .get({ by: [c], upstream: 'other' });
  // Whoever has the nonce may have answered where the answer says nothing of its life.
  for (const by of [[a], [b]]) alice.get({ by, payload: { epoch: undefined } });
  alice.get({ by: [c], upstream: 'other', payload: { epoch: undefined } });
  expect(told(story)).toEqual([]);
  alice.get({ by: [a], payload: { epoch: 'e2' } });
  alice.get({ by: [b], payload: { epoch: 'e1' } });
  expect(told(story)).toEqual([
    'MISROUTED session of alice/1 at counter by h17 counter#e2.0',
    'MISROUTED session of alice/1 at counter by h19 counter#e1.0',
  ]);
});

test('an answer under an id that nobody had asked with', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.fact('target-died', { code: 1, signal: null, afterMs: 1 });
  const stray = { session: 'bob/1', requestId: 1, answeredId: 2 };
  story.fact('foreign-answer', { ...stray, op: 1 }).fact('foreign-answer', { ...stray, op: 99 });
  alice.get();
  expect(told(story)).toEqual([
    'MISROUTED id of bob/1 nowhere by h0 event 8',
    'MISROUTED id of bob/1 nowhere by event 9',
  ]);
});

test('looks up no call that was answered by the session that it was sent to', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment(2).call('echo').get({ upstream: 'other' });
  story.connect('bob/1').increment().get({ outcome: timedOut() }).call('fail');
  alice.get({ payload: { nonce: undefined } });
  const invoke = { tool: 'echo', opId: 'of any upstream' };
  alice.request('resources/read', { invoke, by: [homeOf(alice)] });
  const about = openCase(story.evidence());
  const operations = about.operations.filter(({ invoke: { opId } }) => opId !== undefined);
  const join = {
    ...openCase({ ...about, operations }).join,
    servicesOf(): never {
      throw new Error('a call was looked up');
    },
  };
  expect(routingAnomalies({ ...about, operations, join })).toEqual([]);
});
