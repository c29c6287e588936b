import { expect, test } from 'vitest';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { oneOutcome } from './one-outcome.ts';
import { broken, timedOut } from './outcomes-for-test.ts';
import { Story } from './story-for-test.ts';

const OK = { type: 'ok', kind: 'result', status: 200 } as const;
const silence = { outcome: timedOut(), takes: 10_000 };

test('passes calls that were answered, whatever they were answered', () => {
  const story = new Story();
  story.connect('alice/1').increment(3).call('fail').call('break').get({ outcome: broken() });
  expect(expectPass(oneOutcome, story.evidence()).examined).toBe(8);
});

test('convicts a call that was answered twice', () => {
  const story = new Story();
  story.connect('alice/1').get({ again: OK });
  expectFindings(oneOutcome, story.evidence(), /get was answered 2 times/);
});

test('takes no answer for two that came after the client had stopped waiting', () => {
  const story = new Story();
  const at = story.nowMs + 50;
  story.connect('alice/1').call('slow_increment', {
    giveUp: { how: 'cancel', at },
    takes: 100,
    outcome: { type: 'info', kind: 'cancelled' },
    again: OK,
  });
  expectPass(oneOutcome, story.evidence());
});

test('convicts silence, also after a break that can be detected', () => {
  const story = new Story();
  story.connect('alice/1').get(silence).call('break', silence);
  expectFindings(
    oneOutcome,
    story.evidence(),
    /get got no answer within 10000 ms/,
    /break got no answer within 10000 ms/,
  );
});

test.each(['blackhole', 'stop', 'hang', 'latency', 'bandwidth', 'slicer', 'silent-ping'] as const)(
  'allows silence under %s, unless a request timeout is claimed',
  (kind) => {
    const story = new Story();
    const alice = story.connect('alice/1');
    story.fault({ kind });
    alice.get(silence);
    expectPass(oneOutcome, story.evidence());
    const claims = { requestTimeoutMs: 2_000 };
    expectFindings(oneOutcome, story.evidence({ claims }), /get got no answer/);
  },
);

test('leaves out a client that waits no longer than the target may', () => {
  const story = new Story();
  story.connect('alice/1').call('hang');
  expectPass(oneOutcome, story.evidence({ claims: { requestTimeoutMs: 8_000 } }));
});

test('allows a DELETE to wait for an upstream that never answers it', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  story.fault({ kind: 'silent-delete' });
  alice.delete(silence);
  expectPass(oneOutcome, story.evidence());
});

test('does not excuse a call that ended before the fault was asked for', () => {
  const story = new Story();
  const alice = story.connect('alice/1').get(silence);
  story.wait(60).fault({ kind: 'blackhole' });
  alice.get();
  expectFindings(oneOutcome, story.evidence(), /get got no answer/);
});

test('is inconclusive about silence on a busy machine, and where the history lost an outcome', () => {
  const busy = { lagMaxMs: 2_600, probeMaxMs: 3 };
  const story = new Story();
  story.connect('alice/1').get(silence);
  expectInconclusive(oneOutcome, story.evidence({ noise: busy }), /event loop late by 2600 ms/);
  const gap = new Story();
  gap.connect('alice/1').get({ outcome: null });
  expectInconclusive(oneOutcome, gap.evidence(), /1 calls have no outcome/);
  expectInconclusive(oneOutcome, new Story().evidence(), /nothing to examine/);
});
