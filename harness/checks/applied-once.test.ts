import { expect, test } from 'vitest';
import { appliedOnce } from './applied-once.ts';
import { expectFindings, expectPass } from './judging-for-test.ts';
import { broken, lost, timedOut } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

test('passes what was applied once and told as it is', () => {
  const story = new Story();
  story.connect('alice/1').increment(3).get();
  story.connect('bob/1').call('slow_increment').call('break').call('hang');
  expect(expectPass(appliedOnce, story.evidence()).examined).toBe(6);
});

test('accepts zero or one application where the fate is unknown, and none where it was refused', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.increment(1, { outcome: broken(), applied: 0 }).increment(1, { outcome: broken() });
  alice.increment(1, { outcome: timedOut(), takes: 10_000 });
  alice.increment(1, { outcome: lost() });
  alice.call('break', {
    how: 'never',
    outcome: { type: 'ok', kind: 'result', payload: { value: 2 } },
  });
  expectPass(appliedOnce, story.evidence());
});

test('convicts a lost, a doubled and a refused but applied increment', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const by = [...alice.homes.values()];
  alice.increment(1, { applied: 0, invoke: { opId: 'gone' } });
  alice.increment(1, { applied: 2, invoke: { opId: 'twice' } });
  alice.increment(1, { outcome: broken(), applied: 3, invoke: { opId: 'thrice' } });
  alice.increment(1, { outcome: lost(), by, applied: 1, invoke: { opId: 'refused' } });
  expectFindings(
    appliedOnce,
    story.evidence(),
    /\(gone\) was acknowledged and never applied/,
    /\(twice\) was applied 2 times/,
    /\(thrice\) was applied 3 times/,
    /\(refused\) was refused \(rpc-error HTTP 404 .*\) and yet applied/,
  );
});

test('convicts a replay that two upstream sessions applied once each', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const old = story.home();
  alice.increment(1, { by: [old, ...alice.homes.values()], invoke: { opId: 'replayed' } });
  expectFindings(appliedOnce, story.evidence(), /\(replayed\) was applied 2 times/);
});

test('convicts an application that came long after its client was told of an error', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.increment(1, { outcome: broken(), invoke: { opId: 'late' } });
  const home = story.move(alice);
  story.wait(60_000).line('counter', { kind: 'apply', opId: 'late', before: 0, after: 1, ...home });
  expectFindings(appliedOnce, story.evidence(), /\(late\) was applied 2 times/);
});

test('convicts an answer with another value than was applied, and one without any', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.increment(1, { payload: { value: 7 } }).increment(1, { payload: { value: undefined } });
  expectFindings(
    appliedOnce,
    story.evidence(),
    /was told 7 where the ledger says 2/,
    /was told no value where the ledger says 3/,
  );
});

test('convicts an increment that another upstream applied', () => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1').increment(1, { upstream: 'first' });
  const elsewhere = alice.homes.get('second');
  if (elsewhere === undefined) throw new Error('no home');
  alice.increment(1, { upstream: 'first', by: [elsewhere] });
  expectFindings(appliedOnce, story.evidence(), /was sent to first and applied by second/);
});

test('convicts an application that nobody asked for, even where nobody counts', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  const [home] = alice.homes.values();
  if (home === undefined) throw new Error('no home');
  story.line('counter', { kind: 'apply', opId: 'phantom', before: 0, after: 1, ...home });
  expectFindings(appliedOnce, story.evidence(), /applied phantom, which no client ever asked for/);
});

test('says nothing of increments that the ledger cannot name', () => {
  const story = new Story();
  story.connect('alice/1').get();
  const evidence = story.evidence();
  const operations = evidence.operations.map((operation) => {
    const { opId: _lost, ...invoke } = operation.invoke;
    return { ...operation, invoke: { ...invoke, tool: 'increment' } };
  });
  expectPass(appliedOnce, { ...evidence, operations });
});

test('is not applicable to a target that may replay', () => {
  expect(appliedOnce.notApplicable?.({ ...DEFAULT_CLAIMS, replay: 'may' })).toMatch(/replay/);
  expect(appliedOnce.notApplicable?.(DEFAULT_CLAIMS)).toBeUndefined();
});
