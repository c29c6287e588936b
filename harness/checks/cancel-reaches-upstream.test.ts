import { expect, test } from 'vitest';
import { cancelReachesUpstream } from './cancel-reaches-upstream.ts';
import { expectFindings, expectInconclusive, expectPass } from './judging-for-test.ts';
import { Story, type Client } from './story-for-test.ts';
import type { Told } from './told-call-for-test.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';

const CANCELLED = { type: 'info', kind: 'cancelled' } as const;

/** A slow call that is cancelled after 100 ms; the test says what arrives. */
function cancelled(story: Story, client: Client, opId: string, told: Told = {}): number {
  const at = story.nowMs;
  const giveUp = { how: 'cancel', at: at + 100 } as const;
  client.call('slow_increment', {
    at,
    takes: 1_100,
    giveUp,
    outcome: CANCELLED,
    ...told,
    invoke: { opId, ...told.invoke },
  });
  return at + 102;
}

function arrive(
  story: Story,
  client: Client,
  atMs: number,
  about: { opId?: string; requestId?: number },
): void {
  const { epoch = '', session = '' } = client.homes.get('counter') ?? {};
  const { opId, requestId = -1 } = about;
  const matched = opId !== undefined;
  story.line(
    'counter',
    { kind: 'cancel', epoch, session, requestId, matched, ...(matched && { opId }) },
    atMs,
  );
}

function later(story: Story): void {
  story.wait(2_000).connect('later/1').get();
}

test('passes cancels that arrive once, with bystanders that end as they should', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = cancelled(story, alice, 'doomed');
  arrive(story, alice, at, { opId: 'doomed' });
  story.connect('bob/1').call('slow_increment', { at, takes: 2_000 });
  expect(expectPass(cancelReachesUpstream, story.evidence()).examined).toBe(1);
});

test('convicts a cancel that never arrives, even if the call is answered in the end', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const { epoch = '', session = '' } = alice.homes.get('counter') ?? {};
  const at = cancelled(story, alice, 'dropped');
  const answer = { requestId: 3, opId: 'dropped', epoch, session };
  story.line('counter', { kind: 'answer', ...answer }, at + 8_000);
  later(story);
  expectFindings(
    cancelReachesUpstream,
    story.evidence(),
    /the cancel of alice\/1 tools\/call slow_increment \(dropped\) never reached its upstream/,
  );
});

test('convicts a cancel under the wrong id', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  arrive(story, alice, cancelled(story, alice, 'missed'), { requestId: 4711 });
  later(story);
  expectFindings(cancelReachesUpstream, story.evidence(), /\(missed\) never reached/);
});

test('convicts a cancel that arrives twice: the second finds nothing in flight', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = cancelled(story, alice, 'twice');
  arrive(story, alice, at, { opId: 'twice' });
  const line = story.evidence().ledger.find((entry) => entry.kind === 'request');
  arrive(story, alice, at + 5, { requestId: Number(line?.kind === 'request' && line.requestId) });
  expectFindings(cancelReachesUpstream, story.evidence(), /\(twice\) reached 2 times its upstream/);
});

test('counts a cancel that overtakes its call, which cannot find it yet', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = cancelled(story, alice, 'overtaken');
  const line = story.evidence().ledger.find((entry) => entry.kind === 'request');
  arrive(story, alice, at, { requestId: Number(line?.kind === 'request' && line.requestId) });
  later(story);
  expectPass(cancelReachesUpstream, story.evidence());
});

test('convicts a cancel that hits a bystander with the same id in another session', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const bob = story.connect('bob/1');
  const at = cancelled(story, alice, 'doomed');
  bob.call('slow_increment', { at, takes: 2_000, invoke: { opId: 'bystander' } });
  arrive(story, alice, at, { opId: 'doomed' });
  arrive(story, bob, at + 1, { opId: 'bystander' });
  expectFindings(
    cancelReachesUpstream,
    story.evidence(),
    /counter was told to cancel bystander, which its client never cancelled/,
  );
});

test('excuses calls that were answered, hung up on, struck, deleted or never arrived', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = cancelled(story, alice, 'kept');
  arrive(story, alice, at, { opId: 'kept' });
  const { epoch = '', session = '' } = alice.homes.get('counter') ?? {};
  cancelled(story, alice, 'answered');
  story.line(
    'counter',
    { kind: 'answer', requestId: 1, opId: 'answered', epoch, session },
    at + 200,
  );
  cancelled(story, alice, 'early', { takes: 50, outcome: { type: 'ok', kind: 'result' } });
  cancelled(story, alice, 'nowhere', { by: [] });
  cancelled(story, alice, 'aborted', { giveUp: { how: 'abort', at } });
  story.wait(3_000).fault({ kind: 'down', healedAtMs: story.nowMs + 200 });
  cancelled(story, alice, 'struck');
  story.wait(3_000);
  const bob = story.connect('bob/1');
  cancelled(story, bob, 'deleted');
  bob.delete({ at: story.nowMs + 150 });
  later(story);
  expect(expectPass(cancelReachesUpstream, story.evidence()).examined).toBe(1);
});

test("allows a target's own cancels: at its timeout, for a client that hung up, at its end", () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  arrive(story, alice, cancelled(story, alice, 'kept'), { opId: 'kept' });
  const slow = story.nowMs;
  alice.call('slow_increment', { at: slow, takes: 6_000, invoke: { opId: 'slow' } });
  arrive(story, alice, slow + 5_000, { opId: 'slow' });
  const at = cancelled(story, alice, 'gone', { giveUp: { how: 'abort', at: story.nowMs + 100 } });
  arrive(story, alice, at + 1, { opId: 'gone' });
  story.wait(7_000);
  alice.call('slow_increment', { takes: 500, invoke: { opId: 'last' } });
  story.fact('stop-requested', { upstreamSessions: 1, callsInFlight: 1 }, story.nowMs - 100);
  arrive(story, alice, story.nowMs, { opId: 'last' });
  expectPass(cancelReachesUpstream, story.evidence({ claims: { requestTimeoutMs: 5_000 } }));
  expectFindings(cancelReachesUpstream, story.evidence(), /told to cancel slow/);
});

test('judges a call that hangs by itself', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const at = story.nowMs;
  const giveUp = { how: 'cancel', at: at + 100 } as const;
  alice.call('hang', { at, takes: 1_200, giveUp, outcome: CANCELLED });
  later(story);
  expectFindings(cancelReachesUpstream, story.evidence(), /hang .* never reached/);
});

test('is inconclusive if the scenario ended too soon, on a busy machine, and without cancels', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  cancelled(story, alice, 'doomed', { takes: 150 });
  expectInconclusive(cancelReachesUpstream, story.evidence(), /ended 50 ms after a cancel/);
  later(story);
  const noise = { lagMaxMs: 1_000, probeMaxMs: 0 };
  expectInconclusive(cancelReachesUpstream, story.evidence({ noise }), /too busy/);
  expectInconclusive(cancelReachesUpstream, new Story().evidence(), /nothing to examine/);
  const without = { ...DEFAULT_CLAIMS, cancellation: false };
  expect(cancelReachesUpstream.notApplicable?.(without)).toMatch(/no forwarding/);
});
