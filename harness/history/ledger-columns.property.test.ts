/** The columns against a plain reading of the same ledger; more ledgers with ORACLE_RUNS. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LINE, ledgerColumns } from './ledger-columns.ts';
import type { LedgerEntry } from './ledger.ts';
import { smallRecording, type SmallRecording } from './small-recording-for-test.ts';
import { upstreamSessionOf, type UpstreamSession } from './upstream-session.ts';

const RUNS = { numRuns: Number(process.env['ORACLE_RUNS'] ?? 500) };
const KINDS = ['request', 'apply', 'answer', 'initialize'] as const;

function inOrder(ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return ledger.toSorted((a, b) => a.atMs - b.atMs);
}

function opIdOf(line: LedgerEntry | undefined): string | undefined {
  return line !== undefined && 'opId' in line ? line.opId : undefined;
}

function homeOf(line: LedgerEntry): UpstreamSession | undefined {
  const isSeen = KINDS.some((kind) => kind === line.kind);
  if (!isSeen || !('session' in line) || line.session === undefined) return undefined;
  return upstreamSessionOf({ ...line, session: line.session });
}

function linesAlong(
  recording: SmallRecording,
  chain: 'Request' | 'Apply',
  index: number,
): readonly (LedgerEntry | undefined)[] {
  const columns = ledgerColumns(recording.operations, recording.ledger);
  const found: (LedgerEntry | undefined)[] = [];
  const next = columns[`next${chain}`];
  for (let at = columns[`first${chain}`][index] as number; at !== -1; at = next[at] as number) {
    found.push(columns.lines[at]);
  }
  return found;
}

test('every operation has the requests and applications of its opId, in order of time', () => {
  fc.assert(
    fc.property(smallRecording, (recording) => {
      const { operations, ledger } = recording;
      const lines = inOrder(ledger);
      for (const [index, { invoke }] of operations.entries()) {
        const mine = lines.filter(
          (line) => invoke.opId !== undefined && opIdOf(line) === invoke.opId,
        );
        const of = (kind: LedgerEntry['kind']) => mine.filter((line) => line.kind === kind);
        expect(linesAlong(recording, 'Request', index)).toEqual(of('request'));
        expect(linesAlong(recording, 'Apply', index)).toEqual(of('apply'));
      }
    }),
    RUNS,
  );
}, 600_000);

test('every line has its kind, its operation and its upstream session, and each session one number', () => {
  fc.assert(
    fc.property(smallRecording, ({ operations, ledger }) => {
      const columns = ledgerColumns(operations, ledger);
      expect(columns.lines).toEqual(inOrder(ledger));
      for (const [place, line] of columns.lines.entries()) {
        const home = homeOf(line);
        const number = columns.homeNumberAt[place] as number;
        expect(number === -1 ? undefined : columns.homeAt(place)).toEqual(home);
        expect(columns.homes[number]).toEqual(home);
        expect(home && columns.homeOf({ ...line, ...home })).toBe(home && columns.homeAt(place));
        const kind = KINDS.find((one) => one === line.kind) ?? 'other';
        expect(columns.kinds[place]).toBe(LINE[kind]);
        const opId = kind === 'other' ? undefined : opIdOf(line);
        const index = operations.findIndex(
          ({ invoke }) => opId !== undefined && invoke.opId === opId,
        );
        expect(columns.opAt[place]).toBe(index);
        expect(columns.indexOf(opId ?? 'nobody')).toBe(index);
      }
      const keys = columns.lines.flatMap((line) => homeOf(line)?.key ?? []);
      expect(columns.homes.map(({ key }) => key)).toEqual([...new Set(keys)]);
    }),
    RUNS,
  );
}, 600_000);

test('applications that nobody asked for are phantoms; one whose opId was lost on the way is none', () => {
  fc.assert(
    fc.property(smallRecording, ({ operations, ledger }) => {
      const { lines, phantoms } = ledgerColumns(operations, ledger);
      const issued = operations.map(({ invoke }) => invoke.opId);
      const strange = inOrder(ledger).filter((line) => {
        const opId = opIdOf(line);
        return line.kind === 'apply' && opId !== undefined && opId !== '' && !issued.includes(opId);
      });
      expect(phantoms.map((place) => lines[place])).toEqual(strange);
    }),
    RUNS,
  );
}, 600_000);

test('a ledger that is in order is taken as it is', () => {
  const line = { kind: 'stop', epoch: 'e1', upstream: 'counter' } as const;
  const ledger = [1, 2, 2, 3].map((atMs, seq): LedgerEntry => ({ ...line, seq, atMs }));
  expect(ledgerColumns([], ledger).lines).toBe(ledger);
});
