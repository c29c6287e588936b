/** Each increment against its applications: lost, doubled, refused and yet applied, or told wrong. */

import { alwaysIncrements, mayIncrement } from '../history/counting.ts';
import type { OutcomeKind } from '../history/event.ts';
import type { Apply } from '../history/join.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly, AnomalyName, Variant } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';

export function applicationAnomalies(about: JudgedCase): readonly Anomaly[] {
  const { operations, join, of } = about;
  const { firstApply } = join.columns;
  const found: Anomaly[] = join.phantoms.map(phantom);
  for (let index = 0; index < operations.length; index += 1) {
    const mayBeLost = of.isOk[index] === 1 && of.mayIncrement[index] === 1;
    if ((firstApply[index] as number) < 0 ? !mayBeLost : isAsItShould(about, index)) continue;
    const operation = operations[index] as Operation;
    const { opId } = operation.invoke;
    if (opId !== undefined) found.push(...ofOperation(operation, join.applicationsOf(opId), about));
  }
  return found;
}

/** By far the most: applied once, and told so or told nothing. */
function isAsItShould({ operations, join, of }: JudgedCase, index: number): boolean {
  const { lines, firstApply, nextApply } = join.columns;
  const place = firstApply[index] as number;
  if (of.mayIncrement[index] === 0 || (nextApply[place] as number) >= 0) return false;
  const { outcome } = operations[index] as Operation;
  if (outcome?.type !== 'ok') return outcome?.type !== 'fail';
  return outcome.payload?.['value'] === (lines[place] as Apply).after;
}

const NONE: readonly Anomaly[] = [];

function ofOperation(
  operation: Operation,
  applied: readonly Apply[],
  { hasOwnAnswer }: JudgedCase,
): readonly Anomaly[] {
  const { outcome } = operation;
  const [application] = applied;
  if (application === undefined) {
    const isLost = outcome?.type === 'ok' && alwaysIncrements(operation);
    return isLost ? [anomaly('LOST', operation)] : NONE;
  }
  if (!mayIncrement(operation)) return applied.map(phantom);
  const found: Anomaly[] = [];
  if (outcome?.type === 'fail') found.push(anomaly('FAILED_BUT_APPLIED', operation, applied));
  if (applied.length > 1) {
    found.push(
      anomaly('DUPLICATE', operation, applied, variantOf(operation, application, applied)),
    );
  }
  if (outcome?.type === 'ok' && hasOwnAnswer(operation)) {
    const told = outcome.payload?.['value'];
    if (!applied.some(({ after }) => after === told)) {
      found.push(anomaly('WRONG_VALUE', operation, applied));
    }
  }
  return found;
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
