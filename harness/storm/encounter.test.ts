import { expect, test } from 'vitest';
import { Story, type Client } from '../checks/story-for-test.ts';
import type { Told } from '../checks/told-call-for-test.ts';
import type { Aim, FaultKind, Receipt } from '../fault/receipt.ts';
import { opRef } from '../history/join.ts';
import type { OperationKind } from '../schedule/schedule.ts';
import { encounterKey, encountersOf } from './encounter.ts';

/** The next call of this client is the schedule's first operation. */
function scheduled(story: Story, { label }: Client, kind: OperationKind): void {
  story.fact('scheduled-operation', { operation: 0, kind, session: label });
}

/** A process that is stopped at that moment, for 100 ms. */
function freezeAt(atMs: number): Partial<Receipt> & Pick<Receipt, 'kind'> {
  return {
    kind: 'stop',
    requestedAtMs: atMs,
    acknowledgedAtMs: atMs,
    healRequestedAtMs: atMs + 100,
    healedAtMs: atMs + 100,
  };
}

/** Every fault landed, and touched what there is, or only these. */
function keysOf(story: Story, touched?: readonly string[]): readonly string[] {
  const refs = touched ?? story.evidence().operations.map(opRef);
  const effect = { exposed: refs, touched: refs, seen: [] };
  const receipts = story.receipts.map((receipt) => ({ ...receipt, effect }));
  return encountersOf({ ...story.recording(), receipts }).map(encounterKey);
}

const AT_ITS_CALL: Aim = { operation: 0, phase: 'executing' };

/** A call of 400 ms that reaches its upstream in the middle, and a fault so long after its beginning. */
function met(afterMs: number, aim: Aim = AT_ITS_CALL): readonly string[] {
  const story = new Story();
  const alice = story.connect('alice/1');
  const beginMs = story.nowMs;
  scheduled(story, alice, 'slow-late');
  alice.call('slow_increment', { takes: 400 });
  story.fault({ ...freezeAt(beginMs + afterMs), aim });
  return keysOf(story);
}

test('tells by the clock how far an operation had come when the fault became active', () => {
  expect(met(-50)).toEqual(['freeze × slow-late × idle']);
  expect(met(10)).toEqual(['freeze × slow-late × sent']);
  expect(met(390)).toEqual(['freeze × slow-late × executing']);
  expect(met(500)).toEqual([]);
  expect(met(500, { operation: 0, phase: 'after' })).toEqual(['freeze × slow-late × after']);
  expect(met(500, { operation: 1, phase: 'after' })).toEqual([]);
  expect(met(-300)).toEqual([]);
});

test('a stream begins with its first message', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const beginMs = story.nowMs;
  scheduled(story, alice, 'progress');
  alice.call('progress', { takes: 400 });
  const op = story.recording().events.findLast((event) => event.kind === 'invoke')?.op ?? -1;
  const message = {
    kind: 'message',
    session: alice.label,
    method: 'notifications/progress',
  } as const;
  story.event({ ...message, op }, beginMs + 300);
  story.event({ ...message, op }, beginMs + 350);
  story.fault({ ...freezeAt(beginMs + 320), aim: AT_ITS_CALL });
  expect(keysOf(story)).toEqual(['freeze × progress × streaming']);
});

test('an activation that nobody can date counts for every phase that it spans', () => {
  const story = new Story();
  const alice = story.connect('alice/1');
  const beginMs = story.nowMs;
  scheduled(story, alice, 'increment');
  alice.increment();
  story.fault({ ...freezeAt(beginMs), acknowledgedAtMs: beginMs + 9, aim: AT_ITS_CALL });
  expect(keysOf(story)).toEqual(['freeze × increment × sent', 'freeze × increment × executing']);
});

test.each<readonly [string, Partial<Receipt>]>([
  ['struck another upstream', { upstream: 'second' }],
  ['was never confirmed', { acknowledgedAtMs: undefined as unknown as number }],
])('counts no fault that %s', (_, about) => {
  const story = new Story(['first', 'second']);
  const alice = story.connect('alice/1');
  const atMs = story.nowMs + 60;
  scheduled(story, alice, 'get');
  alice.get({ upstream: 'first', takes: 100 });
  story.fault({ ...freezeAt(atMs), aim: AT_ITS_CALL, ...about });
  expect(keysOf(story)).toEqual([]);
});

/** A call of that kind that is executing when the fault strikes, and shows no touch. */
function untouched(operation: OperationKind, kind: FaultKind, told: Told = {}): Story {
  const story = new Story();
  const alice = story.connect('alice/1');
  const beginMs = story.nowMs;
  scheduled(story, alice, operation);
  alice.call('slow_increment', { takes: 400, ...told });
  story.fault({ ...freezeAt(beginMs + 390), kind, aim: AT_ITS_CALL });
  return story;
}

test('a call that shows no touch of what cuts was not met, of what delays it was', () => {
  expect(keysOf(untouched('slow-late', 'down'), [])).toEqual([]);
  expect(keysOf(untouched('slow-late', 'stop'), [])).toEqual(['freeze × slow-late × executing']);
});

test('one that cannot show any was met by the clock, where the fault landed', () => {
  const giveUp = { how: 'cancel', at: 1_395 } as const;
  expect(keysOf(untouched('cancelled', 'down', { giveUp }), [])).toEqual([
    'down × cancelled × executing',
  ]);
  expect(keysOf(untouched('delete', 'down'), [])).toEqual(['down × delete × executing']);
  const story = untouched('delete', 'down');
  const effect = { exposed: [], touched: [], seen: [], whyNot: 'touched none' };
  const receipts = story.receipts.map((receipt) => ({ ...receipt, effect }));
  expect(encountersOf({ ...story.recording(), receipts })).toEqual([]);
});

test('counts no call that nobody scheduled', () => {
  const story = new Story();
  story.connect('bob/1').get({ takes: 100 });
  story.fault({ ...freezeAt(story.nowMs - 50), aim: AT_ITS_CALL });
  expect(keysOf(story)).toEqual([]);
});
