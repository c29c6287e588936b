/** The sweep for what took effect too late against looking at every pair of calls; more recordings with ORACLE_RUNS. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayIncrement, toldValue } from '../history/counting.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { smallRecording, type SmallRecording } from '../history/small-recording-for-test.ts';
import { openCase } from './case-file.ts';
import { orderAnomalies } from './order.ts';

const RUNS = Number(process.env['ORACLE_RUNS'] ?? 1_500);

/** A call's own lines on one counter, in order of time: where it took effect, and where it was over. */
function effectOn(
  counter: string,
  { invoke, outcome, ...operation }: Operation,
  lines: readonly LedgerEntry[],
): { readonly first: number; readonly over: readonly number[] } {
  const placesOf = (kind: LedgerEntry['kind'], where: (line: LedgerEntry) => boolean) =>
    lines.flatMap((line, place) => {
      const isMine =
        line.kind === kind &&
        'opId' in line &&
        line.opId !== undefined &&
        line.opId === invoke.opId;
      return isMine && where(line) ? [place] : [];
    });
  const isHere = (line: LedgerEntry): boolean => counterOf(line) === counter;
  if (mayIncrement({ invoke, ...operation })) {
    const applied = placesOf('apply', isHere);
    return { first: applied[0] ?? Infinity, over: applied.slice(-1) };
  }
  const isRead =
    outcome?.type === 'ok' && toldValue({ invoke, outcome, ...operation }) !== undefined;
  if (!isRead) return { first: Infinity, over: [] };
  // Which of its requests the answer came from nobody knows where there were two.
  const isAskedOnce = placesOf('request', () => true).length === 1;
  return {
    first: placesOf('request', isHere)[0] ?? Infinity,
    over: isAskedOnce ? placesOf('answer', isHere) : [],
  };
}

function counterOf(line: LedgerEntry): string {
  return JSON.stringify([line.upstream, line.epoch, 'session' in line && line.session]);
}

/** Of those that prove that a call was late, the one begun last tells it best. */
function contradictions(
  { operations, ledger }: SmallRecording,
  hasOwnAnswer: (operation: Operation) => boolean,
): readonly (readonly [late: Operation, early: Operation, lines: readonly LedgerEntry[]])[] {
  const lines = ledger.toSorted((a, b) => a.atMs - b.atMs);
  return [...new Set(lines.map(counterOf))].flatMap((counter) =>
    operations
      .filter((late) => late.outcome?.type === 'ok' && hasOwnAnswer(late))
      .flatMap((late) => {
        const { first } = effectOn(counter, late, lines);
        const [proof] = operations
          .filter((early) => early.startMs > late.endMs)
          .flatMap((early) => effectOn(counter, early, lines).over.map((over) => ({ early, over })))
          .filter(({ over }) => over < first)
          .toSorted((a, b) => b.early.startMs - a.early.startMs || a.over - b.over);
        const here = lines[first];
        if (proof === undefined || here === undefined) return [];
        return [[late, proof.early, [here, lines[proof.over] as LedgerEntry]] as const];
      }),
  );
}

test('it finds the calls that took effect after one begun later was over, and names that one', () => {
  let late = 0;
  let fine = 0;
  fc.assert(
    fc.property(smallRecording, fc.nat(8), (recording, stray) => {
      const hasOwnAnswer = ({ invoke }: Operation): boolean => invoke.op !== stray;
      const about = { ...openCase({ ...recording, events: [], receipts: [] }), hasOwnAnswer };
      const found = orderAnomalies(about);
      const expected = contradictions(recording, hasOwnAnswer).map(([one, early, lines]) => ({
        name: 'ORDER',
        session: one.invoke.session,
        upstream: lines[0]?.upstream,
        operations: [one, early],
        lines,
      }));
      expect(new Set(found)).toEqual(new Set(expected));
      expect(found).toHaveLength(expected.length);
      if (found.length > 0) late += 1;
      else fine += 1;
    }),
    { numRuns: RUNS },
  );
  // Otherwise it has compared nothing.
  expect(late).toBeGreaterThan(RUNS / 150);
  expect(fine).toBeGreaterThan(RUNS / 10);
}, 600_000);
