import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { lateLines, type LaneLedger } from './late-join.ts';
import { bundleForTest, recordedForTest } from './recorded-for-test.ts';

const line = (opId: string, atMs: number, seq = 99): LedgerEntry => ({
  kind: 'apply',
  upstream: 'counter',
  epoch: 'e1',
  session: 's1',
  before: 0,
  after: 1,
  opId,
  atMs,
  seq,
});

/** A scenario that ran at that time and saw these lines. */
function finished(number: number, lane: number, atMs: number, ledger: readonly LedgerEntry[] = []) {
  const story = new Story();
  story.nowMs = atMs;
  story.connect('alice/1');
  const bundle = bundleForTest(recordedForTest(story, { ledger }), []);
  return { number, opPrefix: `${number}:`, lane, bundle };
}

const prefixOf = (opId: string): string | undefined => /^[1-4]:/.exec(opId)?.[0];

function told(
  all: readonly ReturnType<typeof finished>[],
  ledgers: readonly LaneLedger[],
): string[] {
  return [...lateLines(all, ledgers, prefixOf)].map(
    ([{ number }, lines]) =>
      `${number}: ${lines.map((one) => ('opId' in one ? one.opId : '')).join()}`,
  );
}

test('what was applied late belongs to the scenario that sent it, however long that is over', () => {
  const all = [finished(1, 0, 1_000), finished(2, 0, 2_000)];
  expect(told(all, [{ lane: 0, lines: [line('1:a.1', 2_500)] }])).toEqual(['1: 1:a.1']);
});

test('what nobody sent belongs to the last scenario before it on that lane', () => {
  const all = [finished(1, 0, 1_000), finished(2, 1, 1_500), finished(3, 0, 2_000)];
  const lines = [line('x', 1_900, 1), line('', 2_500, 2), line('9:a', 2_600, 3), line('y', 900, 4)];
  expect(told(all, [{ lane: 0, lines }])).toEqual(['1: x', '3: ,9:a']);
  expect(told(all, [{ lane: 1, lines: [line('x', 9_000)] }])).toEqual(['2: x']);
});

test('what a bundle has already is not late, and neither is what was cut short', () => {
  const seen = line('x', 1_100, 5);
  const all = [finished(1, 0, 1_000, [seen]), finished(2, 0, 2_000)];
  expect(told(all, [{ lane: 0, lines: [seen, line('4:a.1', 2_100)] }])).toEqual([]);
  // Lanes count their lines each for itself.
  expect(told(all, [{ lane: 1, lines: [seen] }])).toEqual([]);
  expect(told([...all, finished(3, 1, 1_000)], [{ lane: 1, lines: [seen] }])).toEqual(['3: x']);
});

test('only applications are late', () => {
  const all = [finished(1, 0, 1_000)];
  const request = { ...line('1:a.1', 1_500), kind: 'request', method: 'tools/call', requestId: 1 };
  expect(told(all, [{ lane: 0, lines: [request as LedgerEntry] }])).toEqual([]);
});
