import { expect, test } from 'vitest';
import { traceInLedger, whyNotLanded } from './landed.ts';
import { broken, lost } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import type { FaultKind } from '../fault/receipt.ts';

const QUIET = { lagMaxMs: 1, probeMaxMs: 2 };

/** Why the only fault of the story did not land. */
function verdictOn(story: Story, noise = QUIET): string | undefined {
  const { operations, ledger } = story.evidence();
  const [receipt] = story.receipts;
  if (receipt === undefined) throw new Error('no fault');
  return whyNotLanded(receipt, operations, ledger, noise);
}

function struck(kind: FaultKind): {
  readonly story: Story;
  readonly alice: ReturnType<Story['connect']>;
} {
  const story = new Story();
  const alice = story.connect('alice/1').increment(3);
  story.wait(100).fault({ kind, healedAtMs: story.nowMs + 1_000 });
  return { story, alice };
}

test('lands by a failed or a delayed call', () => {
  const failed = struck('down');
  failed.alice.get({ outcome: broken() });
  expect(verdictOn(failed.story)).toBeUndefined();
  const delayed = struck('latency');
  delayed.alice.increment(1, { takes: 105 });
  expect(verdictOn(delayed.story)).toBeUndefined();
});

test('does not land where every call is as quick as ever', () => {
  const { story, alice } = struck('latency');
  alice.increment(2, { takes: 104 });
  expect(verdictOn(story)).toBe(
    'latency on counter touched none of the 2 calls that it could have',
  );
});

test.each([
  { lagMaxMs: 50, probeMaxMs: 1 },
  { lagMaxMs: 1, probeMaxMs: 50 },
])('a delay must stand out from four times what the machine delayed: %o', (noise) => {
  const told = [204, 205].map((takes) => {
    const { story, alice } = struck('latency');
    alice.increment(1, { takes });
    return verdictOn(story, noise);
  });
  expect(told).toEqual([expect.stringMatching(/touched none/), undefined]);
});

test('a call is compared with those of its kind that were answered', () => {
  const { story, alice } = struck('latency');
  alice.request('ping', { takes: 300 });
  alice.get({ outcome: null }).get({ takes: 300 });
  expect(verdictOn(story)).toMatch(/touched none/);
  alice.get();
  expect(verdictOn(story)).toBeUndefined();
});

test.each([
  ['refused', { outcome: broken() }],
  ['given up', { giveUp: { how: 'cancel', at: 1_000 } }],
] as const)('what was %s before its time was not quick', (_, told) => {
  const story = new Story();
  const alice = story.connect('alice/1');
  alice.call('slow_increment', { ...told, invoke: { delayMs: 500 } });
  story.wait(100).fault({ kind: 'latency', healedAtMs: story.nowMs + 1_000 });
  const slow = { takes: 505, invoke: { delayMs: 500 } };
  alice.call('slow_increment', slow).call('slow_increment', slow);
  expect(verdictOn(story)).toMatch(/touched none/);
});

test.each(['down', 'reset', 'kill'] as const)('%s does not land by a delay alone', (kind) => {
  const { story, alice } = struck(kind);
  alice.increment(1, { takes: 500 });
  expect(verdictOn(story)).toMatch(/touched none/);
});

test.each(['slow_increment', 'echo', 'progress'])('%s takes its time by itself', (tool) => {
  const { story, alice } = struck('latency');
  alice.call(tool).call(tool, { takes: 500 });
  expect(verdictOn(story)).toMatch(/touched none/);
});

test.each([
  [605, /touched none/],
  [606, /^$/],
])('what was asked to take 500 ms is delayed by what it takes beyond: %d ms', (takes, told) => {
  const { story, alice } = struck('latency');
  alice.call('slow_increment', { takes: 105, invoke: { delayMs: 100 } });
  alice.call('slow_increment', { takes, invoke: { delayMs: 500 } });
  expect(verdictOn(story) ?? '').toMatch(told);
});

test('does not land by calls that fail or take their time by themselves', () => {
  const { story, alice } = struck('down');
  alice.call('echo', { at: 1_050 }).call('slow_increment', { at: 1_050 });
  const at = story.nowMs;
  alice
    .call('fail', { at })
    .call('break', { at: at + 1 })
    .call('hang', { at: at + 2 });
  alice.call('slow_increment', { at: at + 3, takes: 900 }).call('echo', { at: at + 4, takes: 500 });
  alice.get({
    at,
    giveUp: { how: 'abort', at: at + 1 },
    outcome: { type: 'info', kind: 'aborted' },
  });
  alice.get({ at, outcome: lost(), invoke: { hostile: true } }).get({ at, outcome: null });
  expect(verdictOn(story)).toMatch(/down on counter touched none of the \d+ calls/);
});

test('does not land by calls that it could not have touched', () => {
  const { story, alice } = struck('down');
  alice.get({ at: story.nowMs + 2_000, outcome: broken() });
  expect(verdictOn(story)).toMatch(/touched none of the 0 calls/);
});

test('is never taken for active without a confirmation', () => {
  const { story } = struck('down');
  const [receipt] = story.receipts;
  if (receipt === undefined) throw new Error('no fault');
  const { acknowledgedAtMs: _, ...unconfirmed } = receipt;
  story.receipts[0] = unconfirmed;
  expect(verdictOn(story)).toBe('down on counter was never confirmed to be active');
});

test('lands by a connection that the ledger saw end, unless its caller had hung up', () => {
  const { story, alice } = struck('down');
  const at = story.nowMs;
  const about = { epoch: 'e1', session: 's1', requestId: 1 };
  alice.get({ at, giveUp: { how: 'abort', at: at + 1 }, outcome: null, invoke: { opId: 'mine' } });
  story.line('counter', { kind: 'disconnect', ...about, opId: 'mine' }, at + 2);
  story.line('counter', { kind: 'disconnect', ...about }, at + 1_001);
  story.line('counter', { kind: 'disconnect', ...about }, at - 1);
  expect(verdictOn(story)).toMatch(/touched none/);
  story.line('counter', { kind: 'disconnect', ...about }, at + 3);
  expect(verdictOn(story)).toBeUndefined();
});

test('lands by the connection of a caller who had not hung up', () => {
  const { story, alice } = struck('down');
  alice.get({ invoke: { opId: 'mine' } });
  const about = { epoch: 'e1', session: 's1', requestId: 1 };
  story.line('counter', { kind: 'disconnect', ...about, opId: 'mine' });
  expect(verdictOn(story)).toBeUndefined();
});

test('somebody who hung up on a call without an opId excuses no other', () => {
  const { story, alice } = struck('down');
  const at = story.nowMs;
  const giveUp = { how: 'abort', at: at + 1 } as const;
  alice.request('ping', { at, giveUp, outcome: null });
  story.line('counter', { kind: 'disconnect', epoch: 'e1', session: 's1', requestId: 1 }, at + 2);
  expect(verdictOn(story)).toBeUndefined();
});

test.each([0, 1_000])('a trace %d ms after the fault was asked for is in its window', (afterMs) => {
  const { story } = struck('down');
  const requestedAtMs = story.receipts[0]?.requestedAtMs ?? 0;
  const about = { epoch: 'e1', session: 's1', requestId: 1 };
  story.line('counter', { kind: 'disconnect', ...about }, requestedAtMs + afterMs);
  expect(verdictOn(story)).toBeUndefined();
});

test.each(['forget-sessions', 'kill', 'silent-ping', 'status', 'silent-sessions'] as const)(
  '%s does not land by other lines of the ledger',
  (kind) => {
    const { story } = struck(kind);
    const about = { epoch: 'e1', session: 's1', requestId: 1 };
    const at = story.nowMs + 5;
    story.line('counter', { kind: 'request', ...about, session: 'new', method: 'tools/call' }, at);
    story.line('counter', { kind: 'break', ...about, how: 'close-before' }, at);
    story.line('counter', { kind: 'apply', ...about, opId: 'a', before: 0, after: 1 }, at);
    expect(verdictOn(story)).toMatch(/touched none/);
  },
);

test.each([
  ['forget-sessions', { kind: 'unknown-session', method: 'tools/call' }],
  ['silent-ping', { kind: 'request', method: 'ping', session: 's1', requestId: 1 }],
  ['status', { kind: 'break', how: 'status-500', session: 's1', requestId: 1 }],
] as const)('%s lands by its trace in the ledger of that upstream', (kind, line) => {
  const { story } = struck(kind);
  story.line('other', { epoch: 'e2', ...line }, story.nowMs + 5);
  story.line('counter', { epoch: 'e2', ...line }, story.nowMs - 5);
  expect(verdictOn(story)).toMatch(/touched none/);
  story.line('counter', { epoch: 'e2', ...line }, story.nowMs + 5);
  expect(verdictOn(story)).toBeUndefined();
});

test('kill lands where its new life is asked for something', () => {
  const { story } = struck('kill');
  const request = {
    kind: 'request',
    epoch: 'e2',
    method: 'ping',
    session: 's',
    requestId: 1,
  } as const;
  story.line('counter', request, story.nowMs + 4);
  story.line('other', { kind: 'start', epoch: 'e2', pid: 1 }, story.nowMs + 5);
  story.line('counter', { kind: 'start', epoch: 'e2', pid: 1 }, story.nowMs + 5);
  expect(verdictOn(story)).toMatch(/touched none/);
  story.line('counter', request, story.nowMs + 6);
  expect(verdictOn(story)).toBeUndefined();
});

test('silent-sessions lands by a request to a session that was open before', () => {
  const story = new Story();
  const ping = { kind: 'request', method: 'ping', epoch: 'e1', requestId: 1 } as const;
  const opened = { kind: 'initialize', epoch: 'e1', nonce: 'n' } as const;
  story.line('counter', { ...opened, session: 'old' }, story.nowMs);
  story.wait(100).fault({ kind: 'silent-sessions', healedAtMs: story.nowMs + 1_000 });
  story.line('counter', { ...opened, session: 'new' }, story.nowMs + 5);
  story.line('counter', { ...ping, session: 'new' }, story.nowMs + 5);
  const apply = { kind: 'apply', epoch: 'e1', opId: 'a', before: 0, after: 1 } as const;
  story.line('counter', { ...apply, session: 'old' }, story.nowMs + 5);
  expect(verdictOn(story)).toMatch(/touched none/);
  story.line('counter', { ...ping, session: 'old' }, story.nowMs + 5);
  expect(verdictOn(story)).toBeUndefined();
});

test('needs nothing more for a DELETE that is never answered, nor for one call that was broken', () => {
  expect(verdictOn(struck('silent-delete').story)).toBeUndefined();
  const story = new Story();
  story
    .connect('alice/1')
    .call('break', { how: 'close-after', outcome: { type: 'ok', kind: 'result' } });
  const { operations, ledger, receipts, noise } = story.evidence();
  expect(receipts.map((receipt) => whyNotLanded(receipt, operations, ledger, noise))).toEqual([
    undefined,
    undefined,
  ]);
});

test('does not take the fixture hanging for one call that hangs', () => {
  const { story, alice } = struck('hang');
  alice.get();
  expect(verdictOn(story)).toMatch(/touched none/);
});

test('needs nothing more for one call that hangs', () => {
  const story = new Story();
  story.connect('alice/1').call('hang', { outcome: null });
  const { operations, ledger, receipts, noise } = story.evidence();
  expect(receipts.map((receipt) => whyNotLanded(receipt, operations, ledger, noise))).toEqual([
    undefined,
  ]);
});

test.each([
  [{ kind: 'silent-delete' }, ['delete']],
  [{ kind: 'break', opIds: ['mine'] }, ['break of mine']],
  [{ kind: 'break' }, ['disconnect']],
  [{ kind: 'hang' }, ['disconnect']],
  [{ kind: 'down' }, ['disconnect']],
  [{ kind: 'status' }, ['disconnect']],
  [{ kind: 'silent-ping' }, []],
] as const)('the trace of %o is %o and no other line', (receipt, expected) => {
  const story = new Story();
  story.wait(100).fault({ ...receipt, healedAtMs: story.nowMs + 1_000 });
  const about = { epoch: 'e1', session: 's1', requestId: 1 };
  story.line('counter', { kind: 'delete', epoch: 'e1', session: 's1', known: true });
  story.line('counter', { kind: 'request', ...about, method: 'tools/call', opId: 'mine' });
  story.line('counter', { kind: 'unknown-session', epoch: 'e1', method: 'ping' });
  story.line('counter', { kind: 'break', ...about, how: 'close-before', opId: 'mine' });
  story.line('counter', { kind: 'break', ...about, how: 'close-before', opId: 'other' });
  story.line('counter', { kind: 'break', ...about, how: 'close-before' });
  story.line('counter', { kind: 'disconnect', ...about });
  const { operations, ledger, receipts } = story.evidence();
  const lines = receipts.flatMap((one) => traceInLedger(one, operations, ledger));
  expect(
    lines.map((line) => (line.kind === 'break' ? `break of ${line.opId}` : line.kind)),
  ).toEqual(expected);
});
