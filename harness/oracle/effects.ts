/**
 * When each answered call took effect on a counter, in places of the upstream's ledger: an increment
 * where it was applied, a read anywhere between its request and its answer, upstream's or client's.
 */

import { mayIncrement, toldValue } from '../history/counting.ts';
import type { UpstreamSession } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { CaseFile } from './case-file.ts';

export interface Effect {
  readonly operation: Operation;
  readonly home: UpstreamSession;
  /** Places in the ledger. */
  readonly first: number;
  readonly last: number;
  /** The line at `first`. */
  readonly line: LedgerEntry;
}

/** Reads that were answered with a value, and increments that were applied, whatever they were told. */
export function effectsIn({ operations, ledger, join, counters }: CaseFile): readonly Effect[] {
  const answers = new Map<string, LedgerEntry>();
  for (const line of ledger) {
    if (line.kind === 'answer' && line.tool === 'get' && line.opId !== undefined) {
      answers.set(`${line.opId} ${join.homeOf(line).key}`, line);
    }
  }
  return operations.flatMap((operation): readonly Effect[] => {
    const opId = operation.invoke.opId ?? '';
    if (mayIncrement(operation)) return increments(operation);
    if (toldValue(operation) === undefined || operation.outcome?.type !== 'ok') return NONE;
    return join.servicesOf(operation).map(({ line, upstreamSession: home }) => {
      const answered = answers.get(`${opId} ${home.key}`)?.seq ?? Infinity;
      // All processes share one clock, so nothing that came after the answer was seen in it.
      const seen = counters.lastSeqBy(home, operation.endMs) + 1;
      const last = Math.max(line.seq, Math.min(answered, seen));
      return { operation, home, first: line.seq, last, line };
    });
  });

  function increments(operation: Operation): readonly Effect[] {
    const applied = join.applicationsOf(operation.invoke.opId ?? '');
    return applied.map((line) => ({
      operation,
      home: join.homeOf(line),
      first: line.seq,
      last: line.seq,
      line,
    }));
  }
}

const NONE: readonly Effect[] = [];
