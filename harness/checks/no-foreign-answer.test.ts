import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { noForeignAnswer } from './no-foreign-answer.ts';
import { broken } from './outcomes-for-test.ts';
import { homeOf, Story } from './story-for-test.ts';

const ANSWERED = { type: 'ok', kind: 'result', status: 200 } as const;
/** The number of its third call, after the handshake. */
const ALICES_THIRD = 5;

test('passes answers that come in another order than their requests', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  const at = story.nowMs;
  for (let i = 0; i < 5; i++) {
    alice.call('echo', { at: at + i, takes: 50 - 9 * i });
    bob.increment(1, { at: at + i, takes: 9 * i + 3 });
  }
  expect(expectPass(noForeignAnswer, story.evidence()).examined).toBe(10);
});

test('passes two upstreams that happen to give the same nonce', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(1, { upstream: 'first' });
  alice.increment(1, { upstream: 'second', payload: { nonce: homeOf(alice, 'first').nonce } });
  const evidence = story.evidence();
  const ledger = evidence.ledger.map((line) =>
    line.kind === 'initialize' ? { ...line, nonce: homeOf(alice, 'first').nonce } : line,
  );
  expectPass(noForeignAnswer, { ...evidence, ledger });
});

test('passes a call that was replayed, and answered by the second session it reached', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.get({ by: [homeOf(alice), story.move(alice)] });
  expectPass(noForeignAnswer, story.evidence());
});

test('convicts an answer to another call, by its opId and by its tag', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { payload: { opId: 'bob/1.7' } });
  alice.call('echo', { payload: { tag: 'theirs' } });
  expectFindings(
    noForeignAnswer,
    story.evidence(),
    /asked as alice\/1\.\d+ and was given the answer to bob\/1\.7/,
    /asked with the tag tag-\d+ and was given the answer to theirs/,
  );
});

test('convicts an answer out of a session that never got the request', () => {
  const story = new Story();
  const bob = story.connect('bob/1').increment();
  story.connect('alice/1').increment(1, { payload: { nonce: homeOf(bob).nonce } });
  expectFindings(noForeignAnswer, story.evidence(), /alice\/1 .* session that never received it/);
});

test('convicts a call that another upstream answered', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1');
  alice.get({ upstream: 'first', by: [homeOf(alice, 'second')] });
  expectFindings(noForeignAnswer, story.evidence(), /asked first and was answered by second/);
});

test('convicts an answer under an id that its request did not have', () => {
  const story = new Story();
  story.connect('alice/1').get();
  story.fact('foreign-answer', { session: 'alice/1', op: 3, requestId: 3, answeredId: 4 });
  expectFindings(noForeignAnswer, story.evidence(), /under an id .*"answeredId":4/);
});

test.each([['get'], ['progress'], ['echo'], ['whoami'], ['of-another-server']])(
  'convicts an answer to %s that no upstream was asked for',
  (tool) => {
    const story = new Story(['first', 'second']);
    const alice = story.connect('alice/1').get({ upstream: 'first' });
    const home = homeOf(alice, 'second');
    alice.call(tool, { upstream: 'second' });
    const said = { value: 0, tag: `tag-${ALICES_THIRD}`, headers: {}, nonce: home.nonce };
    const outcome = { ...ANSWERED, payload: said };
    alice.call(tool, { upstream: 'second', by: [], outcome });
    expectFindings(
      noForeignAnswer,
      story.evidence(),
      new RegExp(`alice/1 tools/call ${tool} was told that it succeeded, and no upstream was ever`),
    );
  },
);

test('does not miss a request where no ledger is at hand, or where nobody waited for the answer', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').get({ upstream: 'first' });
  const by: never[] = [];
  alice.get({ upstream: 'first', by, giveUp: { how: 'cancel', at: story.nowMs + 1 } });
  alice.get({ upstream: 'first', by, invoke: { hostile: true } });
  alice.get({ upstream: 'first', by, outcome: broken() });
  // These are judged for their content, and by what the ledger says of them.
  alice.get({ upstream: 'first', by, payload: { value: undefined } });
  alice.increment(1, { upstream: 'first', by });
  expectPass(noForeignAnswer, story.evidence());
  alice.get({ upstream: 'first', by });
  expectPass(noForeignAnswer, { ...story.evidence(), hasNoLedger: true });
});

test('does not miss a request that lost its opId on the way, where one of its kind came meanwhile', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  for (const tool of ['get', 'progress']) {
    alice
      .call(tool, { payload: { opId: undefined } })
      .call(tool)
      .call(tool);
  }
  const evidence = story.evidence();
  const firsts = new Set(['alice/1.3', 'alice/1.6']);
  const lost = (opId: string | undefined) =>
    evidence.ledger.map((line) =>
      line.kind === 'request' && firsts.has(line.opId ?? '')
        ? (({ opId: _lost, ...rest }) => ({ ...rest, ...(opId !== undefined && { opId }) }))(line)
        : line,
    );
  for (const opId of [undefined, '', 'theirs']) {
    expectPass(noForeignAnswer, { ...evidence, ledger: lost(opId) });
  }
  const later = lost(undefined).map((line) =>
    line.kind === 'request' && line.opId === undefined && line.tool === 'get'
      ? { ...line, atMs: line.atMs + 4 }
      : line,
  );
  expectFindings(
    noForeignAnswer,
    { ...evidence, ledger: later },
    /alice\/1 tools\/call get .* no upstream was ever asked/,
  );
});

test('is inconclusive where nothing was answered', () => {
  const story = new Story();
  story.connect('alice/1').get({ outcome: broken() });
  expectInconclusive(noForeignAnswer, story.evidence(), /nothing to examine/);
});

test('an answer that lost its opId is told as that', () => {
  const story = new Story();
  story.connect('alice/1').increment(1, { payload: { opId: '' } });
  const words = /increment asked as \S+ and was given an answer without opId$/;
  expectFindings(noForeignAnswer, story.evidence(), words);
});

test('convicts reads made up for an upstream that nobody ever asked', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').get({ upstream: 'first' });
  alice.get({ upstream: 'second', by: [] });
  expectFindings(noForeignAnswer, story.evidence(), /get was told .* no upstream/);
});
