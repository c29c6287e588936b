import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { withEffects, type Effect } from './effect.ts';
import { whyNotLanded } from './landed.ts';
import { broken, timedOut } from '../checks/outcomes-for-test.ts';
import { Story } from '../checks/story-for-test.ts';
import type { FaultKind } from '../fault/receipt.ts';
import type { Outcome } from './event.ts';

const IN_SESSION = { epoch: 'e1', session: 's1', requestId: 1 } as const;

/** What came of the story's faults and of its calls that were asked to fail. */
function effects(story: Story): readonly Effect[] {
  const { operations, ledger, receipts, noise } = story.evidence();
  return withEffects(receipts, operations, ledger, noise).map(({ effect }) => {
    if (effect === undefined) throw new Error('no effect');
    return effect;
  });
}

/** A fault of a second, with a call before it. */
function struck(kind: FaultKind, seen: readonly string[] = []) {
  const story = new Story();
  const alice = story.connect('alice/1').get();
  story.wait(100).fault({ kind, seen, healedAtMs: story.nowMs + 1_000 });
  return { story, alice };
}

test('tells which operations were exposed, and which of them show it', () => {
  const { story, alice } = struck('latency');
  alice.get().increment(1, { takes: 300 }).increment().get({ outcome: broken() });
  story.wait(2_000);
  alice.get();
  const { operations } = story.evidence();
  const ofCalls = operations.filter(({ invoke }) => invoke.method === 'tools/call');
  const refs = ofCalls.map(({ invoke }) => `h${invoke.seq}`);
  expect(effects(story)).toEqual([
    {
      exposed: refs.slice(1, 5),
      touched: [refs[2], refs[4]],
      seen: [
        { sign: 'delayed', by: 'client', count: 1, first: refs[2] },
        { sign: 'error', by: 'client', count: 1, first: refs[4] },
      ],
    },
  ]);
});

const transport = (message: string, code?: string): Outcome => ({
  type: 'info',
  kind: 'transport-error',
  message,
  ...(code !== undefined && { code }),
});

test.each([
  ['RST', transport('read ECONNRESET', 'ECONNRESET')],
  ['FIN', transport('socket hang up', 'ECONNRESET')],
  ['FIN', transport('the stream ended before the answer')],
  ['refused', { ...transport('connect ECONNREFUSED', 'ECONNREFUSED'), type: 'fail' }],
  ['unanswered', timedOut()],
  ['error', broken()],
] as const)('calls it %s when a client sees %j', (sign, outcome) => {
  const { story, alice } = struck('down');
  alice.get({ outcome });
  expect(effects(story)[0]?.seen).toMatchObject([{ sign, by: 'client', count: 1 }]);
});

test('hears what the tool saw on the wire, and not what it only confirmed', () => {
  const { story, alice } = struck('down', [
    'the proxy reads back enabled=false',
    'a connection to it fails with ECONNREFUSED',
    'a connection that was open ended with FIN',
    'a new connection ended with RST',
  ]);
  alice.get();
  const [effect] = effects(story);
  expect(effect?.seen.map(({ sign, by }) => `${by} ${sign}`)).toEqual([
    'tool refused',
    'tool FIN',
    'tool RST',
  ]);
  expect(effect?.whyNot).toBe('down on counter touched none of the 1 calls that it could have');
});

test.each([
  ['RST', 'down', { kind: 'disconnect', how: 'RST', ...IN_SESSION }],
  ['FIN', 'down', { kind: 'disconnect', how: 'FIN', ...IN_SESSION }],
  ['cut', 'down', { kind: 'disconnect', ...IN_SESSION }],
  ['restarted', 'kill', { kind: 'start', epoch: 'e2', pid: 1 }],
  ['forgotten', 'forget-sessions', { kind: 'unknown-session', epoch: 'e1', method: 'ping' }],
  ['error', 'status', { kind: 'break', how: 'status-500', ...IN_SESSION }],
  ['ignored', 'silent-ping', { kind: 'request', method: 'ping', ...IN_SESSION }],
] as const)('reads %s of %s in the ledger', (sign, kind, line) => {
  const { story } = struck(kind);
  story.line('counter', line, story.nowMs + 5);
  const asked = { kind: 'request', method: 'tools/call', ...IN_SESSION } as const;
  story.line('counter', asked, story.nowMs + 6);
  const [effect] = effects(story);
  expect(effect?.seen).toEqual([
    { sign, by: 'ledger', count: 1, first: expect.stringMatching(/^counter#e\d\.\d+$/) },
  ]);
  expect(effect).not.toHaveProperty('whyNot');
});

test('a call that the ledger saw cut off is touched, whatever its client was told', () => {
  const { story, alice } = struck('down');
  alice.get({ invoke: { opId: 'mine' } });
  story.line('counter', { kind: 'disconnect', ...IN_SESSION, opId: 'mine' }, story.nowMs - 1);
  const [effect] = effects(story);
  expect(effect?.touched).toEqual(effect?.exposed);
  expect(effect?.touched).toHaveLength(1);
});

test('a call that was asked to break or to hang is the one that its own receipt touched', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('break', { outcome: broken() });
  alice.call('hang', { outcome: null }).get();
  const [breaking, hanging] = effects(story);
  expect(breaking).toMatchObject({ seen: [{ by: 'ledger', sign: 'error' }, { sign: 'error' }] });
  expect(hanging).toMatchObject({ seen: [{ sign: 'unanswered', by: 'client', count: 1 }] });
  for (const effect of [breaking, hanging]) {
    expect(effect?.exposed).toHaveLength(1);
    expect(effect?.touched).toEqual(effect?.exposed);
  }
});

test('says why it proves nothing exactly where it did not land', () => {
  const kinds: readonly FaultKind[] = ['down', 'latency', 'kill', 'status', 'silent-ping', 'hang'];
  const call = fc.record({
    takes: fc.constantFrom(4, 60, 400),
    gapMs: fc.constantFrom(0, 300),
    isBroken: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.array(call, { maxLength: 8 }), (kind, calls) => {
      const { story, alice } = struck(kind);
      for (const { takes, gapMs, isBroken } of calls) {
        story.wait(gapMs);
        alice.get({ takes, ...(isBroken && { outcome: broken() }) });
      }
      const { operations, ledger, noise } = story.evidence();
      const [receipt] = story.receipts;
      if (receipt === undefined) throw new Error('no fault');
      const [effect] = effects(story);
      expect(effect?.whyNot).toBe(whyNotLanded(receipt, operations, ledger, noise));
      const isSeen = effect !== undefined && effect.seen.length > 0;
      expect(effect?.whyNot === undefined).toBe(isSeen);
      expect(effect?.exposed).toEqual(expect.arrayContaining([...(effect?.touched ?? [])]));
    }),
    { numRuns: 200, seed: 5 },
  );
});
