import { expect, test } from 'vitest';
import { broken, toldLost } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import type { Home } from '../checks/told-call-for-test.ts';
import { ledgerRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { findAnomalies } from './find-anomalies.ts';
import type { Move } from './moves.ts';

/** One line a move: its name, whose, from which call to which, and what saw it. */
function line({ name, session, to, operations, served, answered, lines, ...move }: Move): string {
  const idOf = ({ invoke }: Operation): string => invoke.opId ?? '?';
  return [
    name,
    `of ${session}`,
    'upstream' in move ? `at ${move.upstream}` : 'nowhere',
    `to ${to?.key ?? '?'}:`,
    operations.map(idOf).join(' after '),
    ...(served ? [`served ${idOf(served.from.operation)}, ${idOf(served.to.operation)}`] : []),
    ...(answered ? [`answered ${idOf(answered.before)}, ${idOf(answered.fresh)}`] : []),
    `by ${lines.map(ledgerRef).join(' ') || 'nothing'}`,
  ].join(' ');
}

function movesIn(story: Story): readonly string[] {
  return findAnomalies(story.evidence()).moves.map(line);
}

function call(opId: string) {
  return { invoke: { opId } };
}

test('two clients who are moved into one upstream session moved each', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get(call('a1'));
  const bob = story.connect('bob/1').get(call('b1'));
  const next = story.move(alice);
  bob.homes.set('counter', next);
  alice.get(call('a2')).get(call('a3'));
  bob.get(call('b2'));
  expect(movesIn(story)).toEqual([
    'SESSION_SPLIT of alice/1 at counter to counter/e1/s3: a2 after a1 served a1, a2 answered a1, a2 by counter#e1.1 counter#e1.7',
    'SESSION_SHARED of bob/1 at counter to counter/e1/s3: b2 after b1 served b1, b2 answered b1, b2 by counter#e1.4 counter#e1.11',
  ]);
});

test('a move into a stranger or out of it is named after what the client did there', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(5);
  for (const name of ['bob', 'carol'] as const) {
    const client = story.connect(`${name}/1`).get(call(`${name}1`));
    const by = [homeOf(alice)];
    if (name === 'bob') client.increment(1, { ...call('bob2'), by });
    else client.get({ ...call('carol2'), by });
    client.get(call(`${name}3`));
  }
  // The ledger sees each session of the upstream once, the answers say the same.
  expect(movesIn(story)).toEqual([
    expect.stringMatching(/^FOREIGN of bob\/1 at counter to counter\/e1\/s1: bob2 after bob1 /),
    expect.stringMatching(
      /^SESSION_SHARED of carol\/1 .* to counter\/e1\/s1: carol2 after carol1 /,
    ),
  ]);

  const back = new Story();
  const dave = back.connect('dave/1').increment(3);
  const eve = back.connect('eve/1').increment(1, { ...call('e1'), by: [homeOf(dave)] });
  eve.get(call('e2'));
  expect(movesIn(back)).toEqual([
    expect.stringMatching(/^FOREIGN of eve\/1 at counter to counter\/e1\/s2: e2 after e1 /),
  ]);
});

test('news of a loss excuses the one move that follows it', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get(call('a1'));
  alice.get({ ...call('news'), outcome: toldLost(), by: [] });
  story.move(alice);
  alice.get(call('a2'));
  expect(movesIn(story)).toEqual([]);
  story.move(alice);
  alice.get(call('a3'));
  expect(movesIn(story)).toEqual([
    expect.stringMatching(/to counter\/e1\/s3: a3 after a2 served a2, a3 answered a2, a3 by /),
  ]);
});

test('news that came while the old session had been begun to serve is in time', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.wait(100).nowMs;
  // Sent first, and served second.
  alice.call('echo', { ...call('slow'), at, takes: 40 });
  alice.call('echo', { ...call('quick'), at: at + 12, takes: 2 });
  alice.get({ ...call('news'), outcome: toldLost(), by: [], at: at + 4, takes: 4 });
  story.wait(100).move(alice);
  alice.call('echo', call('fresh'));
  expect(movesIn(story)).toEqual([]);
});

test('what an upstream served and its caller did not get shows the move, unless a fault took it', () => {
  const moved = (isFaulty: boolean, outcome = broken()): readonly string[] => {
    const story = new Story();
    const alice = story.connect('alice/1').call('echo', call('a1'));
    if (isFaulty) story.fault({ kind: 'down', healedAtMs: story.nowMs + 3 });
    alice.call('echo', { ...call('a2'), by: [story.home()], outcome });
    return movesIn(story);
  };
  const seen =
    'SESSION_SPLIT of alice/1 at counter to counter/e1/s2: a2 after a1 served a1, a2 by counter#e1.1 counter#e1.4';
  expect(moved(false)).toEqual([seen]);
  expect(moved(true)).toEqual([]);
  // An answer came through: the fault took nothing with it.
  expect(moved(true, { type: 'ok', kind: 'result' })).toEqual([seen]);
});

test('a call that nobody answered at all is served where it is served', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('echo', call('a1'));
  alice.call('echo', { ...call('a2'), by: [story.home()], outcome: null });
  expect(movesIn(story)).toEqual([expect.stringMatching(/: a2 after a1 served a1, a2 by /)]);
});

test('fresh state shows first in the answer that came first', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('echo', call('a1'));
  const at = story.wait(100).nowMs;
  story.move(alice);
  alice.call('echo', { ...call('broken'), at: at + 2, takes: 2, outcome: broken() });
  alice.call('echo', { ...call('slow'), at: at + 4, takes: 20 });
  alice.call('echo', { ...call('quick'), at: at + 18, takes: 2 });
  alice.call('echo', { ...call('late'), at: at + 30, takes: 2 });
  expect(movesIn(story)).toEqual([
    expect.stringMatching(/: quick after a1 served a1, broken answered a1, quick by /),
  ]);
});

test('each upstream, and each life of one, is looked at by itself', () => {
  const story = new Story(['counter', 'other']);
  const alice = story
    .connect('alice/1')
    .get(call('a1'))
    .get({ ...call('o1'), upstream: 'other' });
  story.restart();
  alice.get({ ...call('news'), outcome: toldLost(), by: [] });
  story.move(alice);
  alice.get(call('a2')).get({ ...call('o2'), upstream: 'other' });
  expect(movesIn(story)).toEqual([]);
});

test('of answers that overtook each other, those came first that were served first', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get(call('a1'));
  const old = homeOf(alice);
  story.restart();
  const at = story.wait(100).nowMs;
  story.move(alice);
  // Sent to the old life in time, and answered by the new one long before.
  alice.get({ ...call('old'), by: [old], at: at + 2, takes: 60 });
  alice.get({ ...call('fresh'), at: at + 4, takes: 4 });
  expect(movesIn(story)).toEqual([
    'SILENT_RESET of alice/1 at counter to counter/e2/s2: fresh after a1 answered a1, fresh by counter#e2.2',
  ]);

  const swapped = new Story();
  const bob = swapped.connect('bob/1', { homes: false });
  const [first, second] = [swapped.home(), swapped.restart().home()];
  const from = swapped.wait(100).nowMs;
  bob.get({ ...call('sent first'), by: [second], at: from, takes: 60 });
  bob.get({ ...call('sent second'), by: [first], at: from + 2, takes: 20 });
  expect(movesIn(swapped)).toEqual([
    expect.stringMatching(/to counter\/e2\/s2: sent first after sent second answered /),
  ]);
});

test('answers that no ledger knows of count from when they were asked for', () => {
  const story = new Story().line('counter', { kind: 'start', epoch: 'e1', pid: 1 });
  const alice = story.connect('alice/1', { homes: false });
  const payload = (nonce: string) => ({ by: [], payload: { value: 0, nonce, epoch: 'e9' } });
  alice.get({ ...call('a1'), ...payload('x') }).get({ ...call('a2'), ...payload('y') });
  alice.get({ ...call('a3'), ...payload('y') });
  expect(movesIn(story)).toEqual([
    'SESSION_SPLIT of alice/1 at counter to ?: a2 after a1 answered a1, a2 by nothing',
  ]);
});

test('news that came before the old state was first asked excuses nothing, and after it does', () => {
  const story = (newsAt: number): Story => {
    const told = new Story();
    const alice = told.connect('alice/1', { homes: false });
    const payload = (nonce: string) => ({ by: [], payload: { value: 0, nonce, epoch: 'e9' } });
    const at = told.wait(100).nowMs;
    alice.get({ ...call('news'), outcome: toldLost(), by: [], at: at + newsAt, takes: 4 });
    // The one that was sent first is answered last.
    alice.get({ ...call('a2'), ...payload('x'), at: at + 40, takes: 4 });
    alice.get({ ...call('a1'), ...payload('x'), at: at + 20, takes: 40 });
    alice.get({ ...call('a3'), ...payload('y'), at: at + 80, takes: 4 });
    return told;
  };
  expect(movesIn(story(0))).toEqual([expect.stringMatching(/: a3 after a1 answered a1, a3 by /)]);
  expect(movesIn(story(30))).toEqual([]);
  expect(movesIn(story(70))).toEqual([]);
});

test("what is another call's answer says nothing of where one lives", () => {
  const story = new Story();
  const alice = story.connect('alice/1').get(call('a1'));
  const bob = story.connect('bob/1').get(call('b1'));
  const { nonce } = homeOf(bob);
  alice.get({ ...call('a2'), payload: { opId: 'b1', nonce } });
  expect(movesIn(story)).toEqual([]);
});

/** As by a client that does not know that there are several upstreams. */
function unmeant(story: Story): readonly Move[] {
  const { operations, ...evidence } = story.evidence();
  const { moves } = findAnomalies({
    ...evidence,
    operations: operations.map(({ invoke, ...operation }) => {
      const { upstream: _, ...about } = invoke;
      return { ...operation, invoke: about };
    }),
  });
  return moves;
}

test('a call that was meant for no upstream in particular was moved where it was served, if anybody knows', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('echo', call('a1'));
  story.move(alice);
  alice.call('echo', call('a2'));
  const [served] = unmeant(story);
  expect(served && line(served)).toMatch(
    /^SESSION_SPLIT of alice\/1 at counter to counter\/e1\/s2: /,
  );

  const unseen = new Story().line('counter', { kind: 'start', epoch: 'e1', pid: 1 });
  const bob = unseen.connect('bob/1', { homes: false });
  for (const nonce of ['x', 'y']) bob.get({ by: [], payload: { value: 0, nonce, epoch: 'e9' } });
  const [answered, ...others] = unmeant(unseen);
  expect(answered && line(answered)).toMatch(/^SESSION_SPLIT of bob\/1 nowhere to \?: /);
  expect(answered).not.toHaveProperty('to');
  expect(others).toEqual([]);
});

test('where there is no ledger, fresh state that nobody was told of is a reset, and no split', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.move(alice);
  alice.get();
  const { anomalies, moves } = findAnomalies({ ...story.evidence(), ledger: [] });
  expect(anomalies).toMatchObject([{ name: 'SILENT_RESET', session: 'alice/1' }]);
  expect(moves).toEqual(anomalies);
});

/** Alice's echo is asked of the old session and answered, repeated, out of the new one: she had been told. */
function repeatedEcho(by: (old: Home, fresh: Home) => readonly Home[]): Story {
  const story = new Story();
  const alice = story.connect('alice/1');
  const [old, at] = [homeOf(alice), story.nowMs];
  story.nowMs = at + 3;
  alice.increment(2);
  const toldAt = story.nowMs + 20;
  const fresh = story.home('counter', toldAt);
  alice.get({ at: toldAt, takes: 4, outcome: toldLost(), by: [] });
  alice.call('echo', { at, takes: 80, by: by(old, fresh) });
  alice.homes.set('counter', fresh);
  story.nowMs = at + 100;
  alice.increment(2);
  return story;
}

test('a call that was repeated was answered by the session that its answer names', () => {
  expect(movesIn(repeatedEcho((old, fresh) => [old, fresh]))).toEqual([]);
});

test('without a ledger a held call was answered when its answer came', () => {
  const evidence = repeatedEcho((_, fresh) => [fresh]).evidence();
  expect(findAnomalies({ ...evidence, ledger: [] }).moves).toEqual([]);
});

/** One more session that the gateway sent this call to. */
function asked(story: Story, opId: string, { upstream, epoch, session }: Home, atMs: number): void {
  const about = { method: 'tools/call', tool: 'echo', requestId: 1, opId, epoch, session };
  story.line(upstream, { kind: 'request', ...about }, atMs);
}

test('a held call that the next life answered is of the time when that was asked', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const [old, at] = [homeOf(alice), story.wait(100).nowMs];
  asked(story, 'held', old, at + 10);
  alice.call('echo', { at: at + 100 });
  alice.get({ at: at + 300, outcome: toldLost(), by: [] });
  const fresh = story.restart().home('counter', at + 400);
  // It reaches the new life after half of its time.
  alice.call('echo', { ...call('held'), at, takes: 1_000, by: [fresh] });
  expect(movesIn(story)).toEqual([]);
});

test('a call that was sent once more after its answer was answered where it was before', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('echo', call('answered'));
  alice.get({ outcome: toldLost(), by: [] });
  const fresh = story.restart().move(alice);
  alice.call('echo');
  asked(story, 'answered', fresh, story.nowMs + 100);
  expect(movesIn(story)).toEqual([]);
});

test('where the ledger began later, a call is of the time when it was asked, whatever its answer took', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const [old, at] = [homeOf(alice), story.wait(100).nowMs];
  const fresh = story.restart().home();
  alice.call('echo', { ...call('slow'), at, takes: 60, by: [old] });
  alice.call('echo', { ...call('quick'), at: at + 40, takes: 10, by: [fresh] });
  const { ledger, ...evidence } = story.evidence();
  const later = ledger.filter(({ kind }) => kind !== 'initialize');
  expect(findAnomalies({ ...evidence, ledger: later }).moves.map(line)).toEqual([
    expect.stringMatching(/: quick after slow answered slow, quick by /),
  ]);
});
