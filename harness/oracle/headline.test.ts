import { expect, test } from 'vitest';
import { broken, toldLost } from '../checks/outcomes-for-test.ts';
import { homeOf, Story } from '../checks/story-for-test.ts';
import type { AnomalyName } from './anomaly.ts';
import { findAnomalies } from './find-anomalies.ts';
import { headline } from './headline.ts';

/** Of the anomalies of one name, with times from the beginning of the recording. */
function told(name: AnomalyName, story: Story): string {
  const some = findAnomalies(story.evidence()).anomalies.filter((one) => one.name === name);
  return headline(some, 1_000);
}

test('counts the calls that were applied wrongly, and gives the time of the first', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(1, { applied: 2 }).increment(1, { applied: 0 });
  expect(told('DUPLICATE', story)).toBe(
    'increments of session alice/1 were applied more than once: once, at +0.010 s',
  );
  expect(told('LOST', story)).toBe(
    'acknowledged increments of session alice/1 were never applied: once, at +0.015 s',
  );
  alice.increment(1, { applied: 0 });
  expect(told('LOST', story)).toBe(
    'acknowledged increments of session alice/1 were never applied: 2 of them, first at +0.015 s',
  );
  alice.increment(2, { applied: 2 });
  expect(told('DUPLICATE', story)).toBe(
    'increments of session alice/1 were applied more than once: 3 of them, first at +0.010 s',
  );
});

test('says in how many sessions, and begins with the one that it befell first', () => {
  const story = new Story();
  const refused = { outcome: { type: 'fail', kind: 'rpc-error' }, applied: 1 } as const;
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  alice.increment(1, { ...refused, by: [homeOf(alice)], at: story.nowMs + 100 });
  bob.increment(2, { ...refused, by: [homeOf(bob)] });
  expect(told('FAILED_BUT_APPLIED', story)).toBe(
    'calls of session bob/1 were refused, and yet applied: 3 of them in 2 sessions, first at +0.020 s',
  );
});

test('takes the first by time, in whatever order they were found', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.connect('bob/1').increment(1, { applied: 2 });
  alice.increment(1, { applied: 2 });
  const { anomalies } = findAnomalies(story.evidence());
  expect(headline(anomalies.toReversed(), 1_000)).toBe(headline(anomalies, 1_000));
  expect(headline(anomalies, 1_000)).toMatch(/^increments of session bob\/1 .* at \+0\.020 s$/);
});

test('begins with one whose time is known', () => {
  const story = new Story();
  const value = { session: 'alice/1', op: 99, requestId: 1, answeredId: 2 };
  story.connect('alice/1').call('echo', { payload: { tag: 'theirs' } });
  story.fact('foreign-answer', value);
  expect(told('MISROUTED', story)).toBe(
    'session alice/1 was given answers that were not its own: 2 times, first at +0.010 s',
  );
});

test('names the upstream whose state was lost or split, and leaves it out where none is known', () => {
  const reset = new Story(['counter', 'other']);
  const alice = reset.connect('alice/1').increment(1, { upstream: 'other' });
  reset.restart('other').move(alice, 'other');
  alice.get({ upstream: 'other' });
  expect(told('SILENT_RESET', reset)).toBe(
    'session alice/1 was served out of fresh state on other, and had not been told that the old was lost: once, at +0.015 s',
  );

  const split = new Story();
  const bob = split.connect('bob/1').increment();
  for (let times = 0; times < 2; times += 1) {
    split.move(bob);
    bob.increment();
  }
  expect(told('SESSION_SPLIT', split)).toBe(
    'session bob/1 was served by several upstream sessions on counter that lived side by side: 2 times, first at +0.015 s',
  );

  const { anomalies } = findAnomalies(split.evidence());
  const unknown = anomalies
    .slice(0, 1)
    .map(({ name, session, operations, lines }) => ({ name, session, operations, lines }));
  expect(headline(unknown, 1_000)).toMatch(
    / by several upstream sessions that lived side by side:/,
  );

  const brain = new Story();
  const carol = brain.connect('carol/1').increment(2);
  const old = homeOf(carol);
  brain.restart();
  carol.increment(1, { outcome: toldLost(), by: [] });
  brain.move(carol);
  carol.increment().get({ by: [old] });
  expect(told('SPLIT_BRAIN', brain)).toBe(
    'two lives of counter served session carol/1 at the same time: once, at +0.030 s',
  );
});

test("counts a stranger's calls one by one, and names the owner", () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3);
  story.connect('bob/1').increment(2, { by: [homeOf(alice)] });
  expect(told('FOREIGN', story)).toBe(
    "session bob/1's increments were applied to alice/1's counter: 2 of them, first at +0.035 s",
  );
  const { anomalies } = findAnomalies(story.evidence());
  const ownerless = anomalies
    .filter(({ name }) => name === 'FOREIGN')
    .map(({ name, session, operations, lines }) => ({ name, session, operations, lines }));
  expect(headline(ownerless, 1_000)).toBe(
    "session bob/1's increments were applied to another client's counter: once, at +0.035 s",
  );

  const shared = new Story();
  const carol = shared.connect('carol/1').increment(3);
  const by = [homeOf(carol)];
  shared.connect('dave/1').call('echo', { by }).call('echo', { by });
  expect(told('SESSION_SHARED', shared)).toBe(
    "session dave/1's calls were served by carol/1's upstream session: 2 of them, first at +0.035 s",
  );
});

test('what went astray: a request or an answer', () => {
  const story = new Story(['counter', 'other']);
  const alice = story.connect('alice/1').increment();
  alice.call('whoami', { upstream: 'counter', by: [homeOf(alice, 'other')] });
  expect(told('MISROUTED', story)).toBe(
    'calls of session alice/1 went to an upstream that they were not sent to: once, at +0.015 s',
  );
  const answers = new Story();
  answers
    .connect('bob/1')
    .get({ payload: { opId: 'x' } })
    .call('echo', { payload: { tag: 'x' } });
  expect(told('MISROUTED', answers)).toBe(
    'session bob/1 was given answers that were not its own: 2 times, first at +0.010 s',
  );
});

test('what nobody asked for is told by its upstream, at the time of the ledger', () => {
  const story = new Story();
  const { epoch, session } = homeOf(story.connect('alice/1').get());
  const phantom = { kind: 'apply', opId: 'x', before: 0, after: 1, epoch, session } as const;
  story.line('counter', phantom, 1_204).line('counter', { ...phantom, opId: 'y' }, 1_205);
  expect(told('PHANTOM', story)).toBe(
    'counter applied what no client had asked for: 2 times, first at +0.204 s',
  );
});

test('what was told too early, or in the wrong order', () => {
  const story = new Story();
  const alice = story.connect('alice/1').increment();
  alice.get({ payload: { value: 7 } }).increment(1, { outcome: broken() });
  expect(told('WRONG_VALUE', story)).toBe(
    'session alice/1 was told values that its counter did not have: once, at +0.015 s',
  );

  const late = new Story();
  const bob = late.connect('bob/1');
  const { epoch, session, nonce } = homeOf(bob);
  for (const [opId, value] of [
    ['one', 2],
    ['two', 3],
  ] as const) {
    const payload = { value, opId, epoch, nonce };
    bob.increment(1, {
      applied: 0,
      outcome: { type: 'ok', kind: 'result', payload },
      invoke: { opId },
    });
  }
  bob.increment();
  const apply = { kind: 'apply', epoch, session } as const;
  late.line('counter', { ...apply, opId: 'one', before: 1, after: 2 });
  late.line('counter', { ...apply, opId: 'two', before: 2, after: 3 });
  expect(told('ORDER', late)).toBe(
    'calls of session bob/1 took effect after others that were begun when they had been answered: 2 of them, first at +0.010 s',
  );
});

test('an answer under an id that nobody used has no time to tell', () => {
  const one = {
    name: 'MISROUTED',
    variant: 'id',
    session: 'a/1',
    operations: [],
    lines: [],
  } as const;
  expect(headline([one], 1_000)).toBe('session a/1 was given answers that were not its own: once');
  expect(headline([one, one], 1_000)).toBe(
    'session a/1 was given answers that were not its own: 2 times',
  );
});
