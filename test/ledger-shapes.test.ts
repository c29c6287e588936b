import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, expectTypeOf, it } from 'vitest';
import { Ledger } from '../fixtures/counter/ledger.ts';
import type { LedgerLine as Written, LedgerRecord } from '../fixtures/counter/ledger.ts';
import { parseLedger } from '../harness/history/ledger.ts';
import type { LedgerEntry, LedgerLine as Expected } from '../harness/history/ledger.ts';
import { nowMs } from '../harness/lifecycle/clock.ts';

const OF_CALL = { session: 's', requestId: 1, opId: 'o', tool: 'increment' } as const;

/** One line of every kind; a kind that is added to the type and not here does not compile. */
const RECORDS: { readonly [Kind in LedgerRecord['kind']]: LedgerRecord & { kind: Kind } } = {
  start: { kind: 'start', pid: 1 },
  stop: { kind: 'stop' },
  initialize: { kind: 'initialize', session: 's', nonce: 'n' },
  request: { kind: 'request', method: 'tools/call', ...OF_CALL },
  apply: { kind: 'apply', session: 's', opId: 'o', before: 0, after: 1 },
  answer: { kind: 'answer', ...OF_CALL },
  disconnect: { kind: 'disconnect', ...OF_CALL },
  cancel: { kind: 'cancel', matched: true, ...OF_CALL },
  break: { kind: 'break', how: 'truncate', ...OF_CALL },
  delete: { kind: 'delete', session: 's', known: true },
  'unknown-session': { kind: 'unknown-session', method: 'GET', session: 's' },
  'stream-open': { kind: 'stream-open', session: 's' },
  'stream-close': { kind: 'stream-close', session: 's' },
  control: { kind: 'control', command: { kind: 'hang' } },
};

it('writes lines of exactly the types that the harness reads', () => {
  expectTypeOf<Written>().toExtend<Expected>();
  expectTypeOf<Expected>().toExtend<Written>();
});

it('writes every kind of line so that the harness reads it back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const file = join(folder, 'ledger.jsonl');
  const before = nowMs();
  const ledger = new Ledger(file, 'e1');
  for (const record of Object.values(RECORDS)) ledger.record(record);
  ledger.flush();
  const entries: readonly LedgerEntry[] = parseLedger('counter', readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true });
  expect(entries).toMatchObject(
    Object.values(RECORDS).map((record, seq) => ({
      ...record,
      seq,
      epoch: 'e1',
      upstream: 'counter',
    })),
  );
  for (const { atMs } of entries) {
    expect(atMs).toBeGreaterThanOrEqual(before);
    expect(atMs).toBeLessThanOrEqual(nowMs());
  }
});
