/**
 * What a green verdict is worth: how much its checks looked at, and how rare a defect they would
 * still have shown. A defect that strikes each of n things that a check looks at independently with
 * probability p shows itself at least once with probability 1 − (1 − p)^n; at 95 % that is
 * p = 1 − 0.05^(1/n). Checks look at different things (a call, a session, a shutdown), so that n is
 * never summed over several. It says nothing of defects that the checks do not look for, nor of
 * those that need a coincidence which the scenario does not bring about.
 */

import type { Evidence } from '../checks/check.ts';
import { isMeantToSucceed } from '../checks/selectors.ts';
import type { CheckResult, ScenarioResult } from './result.ts';

export interface CheckPower {
  /** The check that looked at it; absent where several looked at the same. */
  readonly check?: string;
  /** How many things it looked at: the n above. */
  readonly judged: number;
  /** The smallest rate of a defect that would have shown with 95 %, from 0 to 1; 1: none. */
  readonly detectable95: number;
}

/** Of a scenario: of that one of its own checks which looked at least; what it shows, the others do. */
export interface Power extends CheckPower {
  /** Operations whose outcome nobody knows, also where the scenario gave them up or broke them itself. */
  readonly unknown: number;
}

export interface RunPower extends Power {
  /** Each check over all green verdicts, what looked at least first. */
  readonly checks: readonly CheckPower[];
}

/** Above this share of outcomes that are unknown, and were not meant to be, a run proves nothing. */
export const UNKNOWN_SHARE_MAX = 0.3;

const MISSED_SHARE = 0.05;

export function powerOf(judged: number, unknown: number, check?: string): Power {
  return { ...checkPower(judged, check), unknown };
}

/** @param ownIds those that the scenario chose; what judges everything tells little of it. */
export function powerOfScenario(
  checks: readonly CheckResult[],
  ownIds: readonly string[],
  unknown: number,
): Power {
  const own = checks.filter(
    ({ id, verdict }) => ownIds.includes(id) && verdict !== 'not-applicable',
  );
  const [least] = own.toSorted((a, b) => a.examined - b.examined);
  return powerOf(least?.examined ?? 0, unknown, least?.id);
}

/** Of a run: over all its green verdicts, because the others vouch for nothing. */
export function powerOfRun(results: readonly ScenarioResult[]): RunPower {
  const green = results.filter(({ verdict, power }) => verdict === 'pass' && power !== undefined);
  const looked = new Map<string, number>();
  for (const { id, verdict, examined } of green.flatMap(({ checks }) => checks)) {
    if (verdict === 'pass') looked.set(id, (looked.get(id) ?? 0) + examined);
  }
  const checks = [...looked]
    .map(([check, judged]) => checkPower(judged, check))
    .toSorted((a, b) => a.judged - b.judged);
  const unknown = green.reduce((sum, { power }) => sum + (power?.unknown ?? 0), 0);
  return { ...(checks[0] ?? checkPower(0)), unknown, checks };
}

function checkPower(judged: number, check?: string): CheckPower {
  const detectable95 = judged === 0 ? 1 : 1 - MISSED_SHARE ** (1 / judged);
  return { ...(check !== undefined && { check }), judged, detectable95 };
}

/** Why too little is known of what happened, or undefined. */
export function whyTooUnknown(evidence: Evidence): string | undefined {
  const meant = evidence.operations.filter((operation) => isMeantToSucceed(operation, evidence));
  const unknown = meant.filter(({ outcome }) => outcome === undefined || outcome.type === 'info');
  if (unknown.length <= meant.length * UNKNOWN_SHARE_MAX) return undefined;
  return `the outcome of ${unknown.length} of ${meant.length} operations is unknown, too many to say anything about the rest`;
}
