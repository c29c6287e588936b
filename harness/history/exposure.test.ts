import { expect, test } from 'vitest';
import { exposureOf, receiptsOfCalls } from './exposure.ts';
import type { Operation } from './operation.ts';
import { Story } from '../checks/story-for-test.ts';
import type { Receipt } from '../fault/receipt.ts';

const FAULT: Receipt = {
  id: 'f1',
  kind: 'down',
  upstream: 'counter',
  requestedAtMs: 5_000,
  healedAtMs: 6_000,
  seen: [],
};

/** One call on that upstream, in flight from start to end. */
function call(startMs: number, endMs: number, upstream = 'counter'): Operation {
  const story = new Story([upstream]);
  story.connect('alice/1').get({ upstream, at: startMs, takes: endMs - startMs });
  const operation = story.evidence().operations.find(({ invoke }) => invoke.tool === 'get');
  if (operation === undefined) throw new Error('no call');
  return operation;
}

test.each([
  [4_000, 4_949, false],
  [4_000, 4_950, true],
  [5_500, 5_600, true],
  [4_000, 9_000, true],
  [6_050, 7_000, true],
  [6_051, 7_000, false],
])('a call from %d to %d overlaps the widened window: %s', (startMs, endMs, isExposed) => {
  expect(exposureOf([FAULT]).isExposed(call(startMs, endMs))).toBe(isExposed);
});

test('a fault on one upstream exposes no call to another, but every call that names none', () => {
  const { isExposed, faultsOf } = exposureOf([FAULT]);
  expect(isExposed(call(5_500, 5_600, 'calm'))).toBe(false);
  const story = new Story();
  story.wait(4_500).connect('alice/1');
  const [initialize] = story.evidence().operations;
  if (initialize === undefined) throw new Error('no call');
  expect(faultsOf(initialize)).toEqual([FAULT]);
});

test('a fault that was never healed, or whose healing was read back as null, lasts for ever', () => {
  const { healedAtMs: _, ...open } = FAULT;
  const fromJson = JSON.parse('{"healedAtMs":null}') as Partial<Receipt>;
  for (const receipt of [open, { ...open, ...fromJson }]) {
    expect(exposureOf([receipt]).isExposed(call(90_000, 90_001))).toBe(true);
  }
});

test('a fault on named calls exposes these, at any time, and no other', () => {
  const mine = call(9_000, 9_001);
  const opIds = [mine.invoke.opId ?? ''];
  expect(exposureOf([{ ...FAULT, opIds }]).isExposed(mine)).toBe(true);
  expect(exposureOf([{ ...FAULT, opIds: ['other'] }]).isExposed(call(5_500, 5_501))).toBe(false);
});

test('the faults of a call are told in the order of their receipts', () => {
  const mine = call(5_500, 5_501);
  const early = { ...FAULT, id: 'early', requestedAtMs: 4_000 };
  const own = { ...FAULT, id: 'own', opIds: [mine.invoke.opId ?? ''] };
  for (const receipts of [
    [FAULT, own, early],
    [early, FAULT, own],
  ]) {
    expect(exposureOf(receipts).faultsOf(mine)).toEqual(receipts);
  }
});

test('a fault on calls that have no name exposes none that has none', () => {
  const { invoke, ...about } = call(5_500, 5_501);
  const { opId: _, ...nameless } = invoke;
  const { isExposed } = exposureOf([{ ...FAULT, opIds: [''] }]);
  expect(isExposed({ ...about, invoke: nameless })).toBe(false);
});

test('a DELETE that is never answered exposes DELETE alone', () => {
  const story = new Story();
  story.fault({ kind: 'silent-delete' });
  story.connect('alice/1').get().delete();
  const { operations, receipts } = story.evidence();
  const exposed = operations.filter(exposureOf(receipts).isExposed);
  expect(exposed.map(({ invoke }) => invoke.method)).toEqual(['DELETE']);
});

test('a call that broke or hangs has a receipt of its own, confirmed by the ledger', () => {
  const story = new Story();
  const alice = story.connect('alice/1').call('break').call('hang').get();
  alice.call('break', { by: [] });
  const { operations, ledger } = story.evidence();
  const receipts = receiptsOfCalls(operations, ledger);
  expect(receipts).toMatchObject([
    {
      kind: 'break',
      upstream: 'counter',
      seen: [expect.stringMatching(/^counter#\d+ close-before$/)],
    },
    { kind: 'hang', upstream: 'counter', seen: [expect.stringMatching(/^counter#\d+ hang$/)] },
    { kind: 'break', seen: [] },
  ]);
  expect(receipts.map(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
  const calls = operations.filter(({ invoke }) => ['break', 'hang'].includes(invoke.tool ?? ''));
  expect(
    receipts.map(({ id, opIds, requestedAtMs, healedAtMs }) => [
      id,
      opIds,
      requestedAtMs,
      healedAtMs,
    ]),
  ).toEqual(
    calls.map(({ invoke, startMs, endMs }) => [`call-${invoke.op}`, [invoke.opId], startMs, endMs]),
  );
});

test('that a call arrived does not confirm that it was broken', () => {
  const story = new Story();
  story.connect('alice/1').call('break', { by: [], invoke: { opId: 'mine' } });
  const about = { epoch: 'e1', session: 's1', requestId: 1, method: 'tools/call' };
  story.line('counter', { kind: 'request', ...about, tool: 'break', opId: 'mine' });
  const { operations, ledger } = story.evidence();
  const [receipt] = receiptsOfCalls(operations, ledger);
  expect(receipt).not.toHaveProperty('acknowledgedAtMs');
  expect(receipt?.seen).toEqual([]);
});

test('a call that was never answered has a receipt that stays open, also in JSON', () => {
  const story = new Story();
  story.connect('alice/1').call('hang', { outcome: null });
  const { operations, ledger } = story.evidence();
  const receipts = receiptsOfCalls(operations, ledger);
  expect(JSON.parse(JSON.stringify(receipts))).toEqual(receipts);
  expect(receipts[0]).not.toHaveProperty('healedAtMs');
});

test('a socket that closes after the answer exposes the whole upstream as well', () => {
  const story = new Story();
  story.connect('alice/1').call('break', { how: 'reset-after' });
  const { operations, ledger } = story.evidence();
  const [own, reuse] = receiptsOfCalls(operations, ledger);
  expect(own?.opIds).toHaveLength(1);
  expect(reuse).toMatchObject({ id: expect.stringMatching(/-reuse$/) });
  expect(reuse?.opIds).toBeUndefined();
});
