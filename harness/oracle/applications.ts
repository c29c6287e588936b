/** Each increment against its applications: lost, doubled, refused and yet applied, or told wrong. */

import { alwaysIncrements, mayIncrement } from '../history/counting.ts';
import type { OutcomeKind } from '../history/event.ts';
import type { Apply } from '../history/join.ts';
import type { LedgerColumns } from '../history/ledger-columns.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly, AnomalyName, Variant } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';
import { Nameless } from './nameless.ts';

export function applicationAnomalies(about: JudgedCase): readonly Anomaly[] {
  const { operations, join, hasOwnAnswer } = about;
  const found: Anomaly[] = join.phantoms.map(phantom);
  const nameless = new Nameless(join);
  const unapplied: Operation[] = [];
  operations.forEach((operation, index) => {
    const applied = appliedFor(index, join.columns);
    const [first] = applied;
    if (first === undefined) {
      if (!mayHaveIncremented(operation) || nameless.claim(operation)) return;
      unapplied.push(operation);
      if (isLost(operation)) found.push(anomaly('LOST', operation));
      return;
    }
    if (!mayIncrement(operation)) {
      found.push(...applied.map(phantom));
      return;
    }
    if (operation.outcome?.type === 'fail') {
      found.push(anomaly('FAILED_BUT_APPLIED', operation, applied));
    }
    if (applied.length > 1) {
      found.push(anomaly('DUPLICATE', operation, applied, variantOf(operation, first, applied)));
    }
    if (isToldWrong(operation, applied) && hasOwnAnswer(operation)) {
      found.push(anomaly('WRONG_VALUE', operation, applied));
    }
  });
  found.push(...nameless.madeUp(unapplied).map(phantom));
  return found;
}

function appliedFor(
  index: number,
  { lines, firstApply, nextApply }: LedgerColumns,
): readonly Apply[] {
  const applied: Apply[] = [];
  for (let at = firstApply[index] as number; at !== -1; at = nextApply[at] as number) {
    applied.push(lines[at] as Apply);
  }
  return applied;
}

function mayHaveIncremented(operation: Operation): boolean {
  return mayIncrement(operation) && operation.outcome?.type !== 'fail';
}

/** Without an opId nobody knows whether it was applied. */
function isLost(operation: Operation): boolean {
  const { invoke, outcome } = operation;
  return outcome?.type === 'ok' && invoke.opId !== undefined && alwaysIncrements(operation);
}

function isToldWrong({ outcome }: Operation, applied: readonly Apply[]): boolean {
  if (outcome?.type !== 'ok') return false;
  const told = outcome.payload?.['value'];
  return !applied.some(({ after }) => after === told);
}

/** The client stopped waiting: nobody had told it anything. */
const UNANSWERED: readonly OutcomeKind[] = ['timeout', 'aborted', 'cancelled'];

function variantOf(
  { outcome, endMs }: Operation,
  first: Apply,
  applied: readonly Apply[],
): Variant {
  const isAnswered = outcome !== undefined && !UNANSWERED.includes(outcome.kind);
  if (isAnswered && applied.some(({ atMs }) => atMs > endMs)) return 'late';
  const isOtherLife = applied.some(
    ({ upstream, epoch }) => upstream === first.upstream && epoch !== first.epoch,
  );
  return isOtherLife ? 'across restart' : 'same epoch';
}

function phantom(line: Apply): Anomaly {
  return { name: 'PHANTOM', session: '', upstream: line.upstream, operations: [], lines: [line] };
}

function anomaly(
  name: AnomalyName,
  operation: Operation,
  lines: readonly LedgerEntry[] = [],
  variant?: Variant,
): Anomaly {
  const { session, upstream } = operation.invoke;
  return {
    name,
    session,
    operations: [operation],
    lines,
    ...(upstream !== undefined && { upstream }),
    ...(variant !== undefined && { variant }),
  };
}
