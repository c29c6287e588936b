import { expect, test } from 'vitest';
import { timedOut } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import { ledgerRef, opRef } from '../history/join.ts';
import type { Operation } from '../history/operation.ts';
import { openCase } from './case-file.ts';
import { readAnomalies } from './reads.ts';

/** One line a wrong value: whose, where, and what shows it. */
function told(
  story: Story,
  hasOwnAnswer: (operation: Operation) => boolean = () => true,
): readonly string[] {
  return readAnomalies({ ...openCase(story.evidence()), hasOwnAnswer }).map((one) => {
    const where = 'upstream' in one ? `at ${one.upstream}` : 'nowhere';
    const refs = [...one.operations.map(opRef), ...one.lines.map(ledgerRef)];
    return `${one.name} of ${one.session} ${where} by ${refs.join(' ')}`;
  });
}

test('a counter is at zero before its first increment, and every counter counts for itself', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment(2).get().get({ upstream: 'other' });
  story.connect('bob/1').get().increment().get();
  expect(told(story)).toEqual([]);
  alice.get({ upstream: 'other', payload: { value: 2 } });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 at other by h24 other#e1.4']);
});

test('what a read was told must have been there between its request and its answer upstream', () => {
  const story = (value: number): Story => {
    const one = new Story();
    const alice = one.connect('alice/1').increment();
    const at = one.nowMs;
    // Received after 9.8 ms, applied after 14, answered upstream after 19.5, applied again after 19.7.
    alice.get({ at, takes: 20, payload: { value } });
    alice.increment(1, { at: at + 12, takes: 4 }).increment(1, { at: at + 17.7, takes: 4 });
    return one;
  };
  expect([told(story(1)), told(story(2))]).toEqual([[], []]);
  expect(told(story(0))).toEqual(['WRONG_VALUE of alice/1 at counter by h7 counter#e1.4']);
  expect(told(story(3))).toEqual(['WRONG_VALUE of alice/1 at counter by h7 counter#e1.4']);
});

test('where the upstream wrote no answer, until its client had one, and that moment included', () => {
  const after = (ms: number): readonly string[] => {
    const story = new Story();
    const alice = story.connect('alice/1');
    const { epoch, session, nonce } = homeOf(alice);
    const at = story.nowMs;
    const payload = { value: 1, opId: 'mine', epoch, nonce };
    alice.get({ outcome: { type: 'ok', kind: 'result', payload }, invoke: { opId: 'mine' } });
    alice.increment(1, { applied: 0, invoke: { opId: 'other' }, at: at + 1, takes: 20 });
    const apply = { kind: 'apply', opId: 'other', before: 0, after: 1, epoch, session } as const;
    story.line('counter', apply, at + ms);
    return told(story);
  };
  expect([after(3), after(4)]).toEqual([[], []]);
  expect(after(4.1)).toHaveLength(1);
});

test('several reads may wait for one increment', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  for (const later of [0, 1, 2]) alice.get({ at: at + later, takes: 20, payload: { value: 1 } });
  alice.get({ at: at + 3, takes: 20, payload: { value: 3 } });
  alice.increment(1, { at: at + 12, takes: 4 }).increment(1, { at: at + 14, takes: 4 });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 at counter by h8 counter#e1.4']);
});

test('the very first call may be such a read', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.get({ at, takes: 20, payload: { value: 1 } });
  alice.increment(1, { at: at + 12, takes: 4 }).increment(1, { at: at + 14, takes: 4 });
  const evidence = story.evidence();
  const operations = evidence.operations.filter(({ invoke }) => invoke.method === 'tools/call');
  const about = { ...openCase({ ...evidence, operations }), hasOwnAnswer: () => true };
  expect(readAnomalies(about)).toEqual([]);
});

test('a read that was asked of two counters may have seen either, and is shown with both requests', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment(2).increment(1, { upstream: 'other' });
  const by = [homeOf(alice), homeOf(alice, 'other')];
  alice.get({ by, payload: { value: 2 } }).get({ by, payload: { value: 1 } });
  expect(told(story)).toEqual([]);
  alice.get({ by, payload: { value: 3 } });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 at other by h15 counter#e1.11 other#e1.8']);
});

test('a read that never reached an upstream was made up, unless its opId was lost on the way', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get({ by: [] });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 at counter by h5']);
  alice.get({ by: [], payload: { opId: undefined } }).get({ by: [], payload: { opId: 'theirs' } });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 at counter by h5']);
});

test('what says its opId or not: a wrong value is one where the request is known', () => {
  const story = new Story();
  story.connect('alice/1').get({ payload: { value: 5, opId: undefined } });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 at counter by h5 counter#e1.1']);
});

test('says nothing of answers that were not its own, of none, and of calls that read nothing', () => {
  const story = new Story();
  story.connect('alice/1').get({ payload: { value: 5 } });
  expect(told(story)).toHaveLength(1);
  expect(told(story, () => false)).toEqual([]);
  const other = new Story();
  other
    .connect('bob/1')
    .get({ outcome: timedOut() })
    .call('echo', { payload: { value: 9 } });
  expect(told(other)).toEqual([]);
});

test('names the upstream only of a call that named one', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const invoke = { tool: 'get', opId: 'mine' };
  alice.request('resources/read', { invoke, by: [homeOf(alice)], payload: { value: 5 } });
  expect(told(story)).toEqual(['WRONG_VALUE of alice/1 nowhere by h5 counter#e1.1']);
});

test('judging leaves everything as it is: twice gives the same', () => {
  const story = new Story();
  story.connect('alice/1').get().increment(2).get();
  const about = { ...openCase(story.evidence()), hasOwnAnswer: () => true };
  expect([readAnomalies(about), readAnomalies(about)]).toEqual([[], []]);
});
