import { expect, test } from 'vitest';
import { clearErrorSoon } from './clear-error-soon.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { broken, timedOut } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';

const error = { outcome: broken() };

test.each(['down', 'kill'] as const)('passes errors within 2 s of a %s', (kind) => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.call('slow_increment', { at, takes: 2_090, ...error });
  story.wait(100).fault({ kind });
  alice.get({ at: at + 500, takes: 1_990, ...error });
  expect(expectPass(clearErrorSoon, story.evidence()).examined).toBe(2);
});

test.each(['down', 'kill'] as const)('convicts later errors after a %s', (kind) => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.call('slow_increment', { at, takes: 2_200, ...error });
  story.wait(100).fault({ kind });
  alice.get({ at: at + 500, outcome: timedOut(), takes: 10_000 });
  expectFindings(
    clearErrorSoon,
    story.evidence(),
    /slow_increment waited 2099 ms after its connection was broken/,
    /get waited 10000 ms/,
  );
});

test('counts from the break itself where one call was broken', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('break', { takes: 2_400 });
  expectPass(clearErrorSoon, story.evidence());
  alice.call('break', { takes: 4_000 });
  expectFindings(clearErrorSoon, story.evidence(), /break waited 3500 ms/);
});

test('judges new calls under reset, and not those on connections that it leaves alone', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.call('slow_increment', { at: story.nowMs - 10, takes: 5_000, ...error });
  story.fault({ kind: 'reset', healRequestedAtMs: story.nowMs + 6_000 });
  alice.call('hang', { at: story.nowMs + 10, takes: 10_000 });
  expectInconclusive(clearErrorSoon, story.evidence(), /nothing to examine/);
  alice.get({ at: story.nowMs + 10, takes: 4_000, ...error });
  expectFindings(clearErrorSoon, story.evidence(), /get waited 4000 ms/);
});

test('leaves alone what only brushed the window, what was swallowed, and what was given up', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  story.fault({ kind: 'down', requestedAtMs: at, healRequestedAtMs: at + 10, healedAtMs: at + 20 });
  alice.get({ at: at + 30, takes: 9_000, ...error });
  alice.call('hang', { at: at + 40 });
  const giveUp = { how: 'abort', at: at + 5_000 } as const;
  const aborted = { outcome: { type: 'info', kind: 'aborted' }, takes: 5_000, giveUp } as const;
  alice.get({ at: at + 5, ...aborted });
  const hole = new Story();
  const bob = hole.connect('bob/1');
  hole.fault({ kind: 'blackhole' }).fault({ kind: 'down' });
  bob.get({ ...error, takes: 9_000 });
  expectInconclusive(clearErrorSoon, story.evidence(), /nothing to examine/);
  expectInconclusive(clearErrorSoon, hole.evidence(), /nothing to examine/);
});

test('does not take a call that hangs for one that a neighbour broke', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  alice.call('hang', { at, takes: 10_000 });
  alice.call('break', { at: at + 10, how: 'close-after', outcome: { type: 'ok', kind: 'result' } });
  expectInconclusive(clearErrorSoon, story.evidence(), /nothing to examine/);
});

test('is inconclusive about late errors on a busy machine', () => {
  const story = new Story();
  story.connect('alice/1').call('break', { takes: 4_000 });
  const noise = { lagMaxMs: 0, probeMaxMs: 501 };
  expectInconclusive(clearErrorSoon, story.evidence({ noise }), /probe took 501 ms/);
  const quiet = { lagMaxMs: 500, probeMaxMs: 0 };
  expectFindings(clearErrorSoon, story.evidence({ noise: quiet }), /waited 3500 ms/);
});

test('where several faults met a call, counts from the last: that one may have ended it', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  story.fault({ kind: 'reset', healRequestedAtMs: at + 100, healedAtMs: at + 100 });
  // It got one of the connections that are left alone, and executed until the second fault came.
  alice.call('slow_increment', { at: at + 10, takes: 2_500, ...error });
  const second = { requestedAtMs: at + 2_400, acknowledgedAtMs: at + 2_450 };
  story.fault({ kind: 'limit-data', ...second, healedAtMs: at + 9_000 });
  expectPass(clearErrorSoon, story.evidence());
  alice.get({ at: at + 20, takes: 4_600, ...error });
  expectFindings(clearErrorSoon, story.evidence(), /get waited 2170 ms/);
});
