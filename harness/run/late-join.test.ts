import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Story } from '../checks/story-for-test.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { inPlace, joinLate, lateLines, type LaneLedger } from './late-join.ts';
import { OpPrefixes } from './op-prefixes.ts';
import { readBundle } from './read-bundle.ts';
import { checksNamed } from './recheck.ts';
import { bundleForTest, recordedForTest } from './recorded-for-test.ts';
import type { Finished, RunContext } from './run-scenario.ts';

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

test('a bundle that late lines were joined to can be read, wherever in the ledger they belong', async () => {
  const story = new Story();
  story.connect('alice/1').increment(3);
  const recorded = recordedForTest(story, { checks: [] });
  // Of an application in a session that nobody calls here, a visit sees nothing.
  const lines = recorded.ledger;
  const hidden = lines.findIndex(({ kind }) => kind === 'apply');
  const foreign = { ...line('', lines[hidden]?.atMs ?? 0, lines[hidden]?.seq), session: 's0' };
  const seen = lines.toSpliced(hidden, 1);
  const { opPrefix, lane, bundle } = finished(1, 0, 0);
  const one = { opPrefix, lane, bundle: { ...bundle, recorded: { ...recorded, ledger: seen } } };
  const scenario = { id: 'a', title: 'A', requirements: [] };
  const last = line('', 9_000, 999);
  await using out = await mkdtempDisposable(join(tmpdir(), 'late-'));
  const [joined] = await joinLate(
    [{ ...one, job: { scenario, repeat: 0, number: 1 } } as unknown as Finished],
    [{ lane: 0, lines: [foreign, last] }],
    {
      out: out.path,
      secrets: new Set<string>(),
      opPrefixes: new OpPrefixes(),
      instrument: { checksNamed },
    } as unknown as RunContext,
  );
  const { ledger } = (await readBundle(joined?.result.bundle ?? '')).recorded;
  expect(ledger).toEqual([...lines.with(hidden, foreign), last]);
});

test('late lines stand in the order of their own life, and before what is all later', () => {
  const of = (epoch: string, seq: number) => ({ ...line('x', seq, seq), epoch });
  const seen = [of('e1', 2), of('e1', 5), of('e2', 3)];
  const late = [of('e2', 2), of('e1', 9), of('e1', 4), of('e3', 1), of('e1', 1)];
  const order = inPlace(seen, late).map(({ epoch, seq }) => `${epoch}/${seq}`);
  expect(order.join(' ')).toBe('e1/1 e1/2 e1/4 e1/5 e1/9 e2/2 e2/3 e3/1');
});
