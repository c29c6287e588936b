/**
 * Whether the user of a session that a fault struck can still go on in a new one. A target that opens
 * none any more, or only such that serve nobody, answers with the same 404 that honestly ends the old one.
 */

import { tellsLoss } from '../history/loss.ts';
import type { Operation } from '../history/operation.ts';
import type { Evidence } from './check.ts';
import { lastStruckMs } from './last-struck.ts';
import { callsBySession, exposure, isMeantToSucceed } from './selectors.ts';

const OPENING: readonly string[] = ['initialize', 'tools/list'];

interface VainTry {
  readonly failed: Operation;
  /** No later session was opened of which nobody knows whether it works. */
  readonly isLast: boolean;
}

/**
 * The first failure in a session that this user opened after `sinceMs`, where no fault could have touched
 * it and no call on this upstream worked in any of them; undefined: there is none.
 */
export function vainTry(
  { user, upstream }: Operation['invoke'],
  sinceMs: number,
  evidence: Evidence,
): VainTry | undefined {
  const isCall = ({ invoke }: Operation): boolean =>
    invoke.method === 'tools/call' && invoke.upstream === upstream;
  const opened = [...callsBySession(evidence.operations).values()].filter(
    ([first]) => first?.invoke.user === user && (first?.startMs ?? 0) > sinceMs,
  );
  const hasWorked = opened.flat().some((one) => isCall(one) && one.outcome?.type === 'ok');
  if (hasWorked) return undefined;
  const failures = opened.map((calls) => {
    const tried = [...calls.filter(isOpening), ...calls.filter(isCall).slice(0, 1)];
    return tried.find((one) => isVain(one, calls[0] as Operation, evidence));
  });
  const failed = failures.find((one) => one !== undefined);
  if (failed === undefined) return undefined;
  const later = opened.slice(failures.findLastIndex((one) => one !== undefined) + 1);
  const isUntried = (calls: readonly Operation[]): boolean =>
    calls.some(({ invoke }) => invoke.method === 'initialize') &&
    calls.filter(isOpening).every(({ outcome }) => outcome?.type === 'ok') &&
    !calls.some(isCall);
  return { failed, isLast: !later.some(isUntried) };
}

function isOpening({ invoke }: Operation): boolean {
  return OPENING.includes(invoke.method);
}

/** What struck after its session was begun may have cost that its state: then it failed by right. */
function isVain(operation: Operation, { startMs }: Operation, evidence: Evidence): boolean {
  const { outcome } = operation;
  if (outcome === undefined || outcome.type === 'ok') return false;
  if (tellsLoss(outcome) && lastStruckMs(operation, evidence) >= startMs) return false;
  const sinceItsBeginning = { ...operation, startMs };
  return !exposure(evidence).isExposed(sinceItsBeginning) && isMeantToSucceed(operation, evidence);
}
