/**
 * What a green verdict is worth: how many operations it rests on, and how rare a defect it would
 * still have shown. A defect that strikes each judged operation independently with probability p
 * shows itself at least once in n of them with probability 1 − (1 − p)^n; at 95 % that is
 * p = 1 − 0.05^(1/n). It says nothing of defects that the scenario's checks do not look for, nor of
 * those that need a coincidence which the scenario does not bring about.
 */

import type { Evidence } from '../checks/check.ts';
import { isMeantToSucceed } from '../checks/selectors.ts';
import type { ScenarioResult } from './result.ts';

export interface Power {
  /** Operations whose outcome is definite, ok or fail: the n above. */
  readonly judged: number;
  /** Operations whose outcome nobody knows, also where the scenario gave them up or broke them itself. */
  readonly unknown: number;
  /** The smallest rate of a defect per operation that would have shown with 95 %, from 0 to 1; 1: none. */
  readonly detectable95: number;
}

/** Above this share of outcomes that are unknown, and were not meant to be, a run proves nothing. */
export const UNKNOWN_SHARE_MAX = 0.3;

const MISSED_SHARE = 0.05;

export function powerOf(judged: number, unknown: number): Power {
  const detectable95 = judged === 0 ? 1 : 1 - MISSED_SHARE ** (1 / judged);
  return { judged, unknown, detectable95 };
}

/** Of a run: over all its green verdicts, because the others vouch for nothing. */
export function powerOfRun(results: readonly ScenarioResult[]): Power {
  const green = results.flatMap(({ verdict, power }) =>
    verdict === 'pass' && power !== undefined ? [power] : [],
  );
  const sum = (of: (power: Power) => number): number =>
    green.reduce((total, power) => total + of(power), 0);
  return powerOf(
    sum(({ judged }) => judged),
    sum(({ unknown }) => unknown),
  );
}

/** Why too little is known of what happened, or undefined. */
export function whyTooUnknown(evidence: Evidence): string | undefined {
  const meant = evidence.operations.filter((operation) => isMeantToSucceed(operation, evidence));
  const unknown = meant.filter(({ outcome }) => outcome === undefined || outcome.type === 'info');
  if (unknown.length <= meant.length * UNKNOWN_SHARE_MAX) return undefined;
  return `the outcome of ${unknown.length} of ${meant.length} operations is unknown, too many to say anything about the rest`;
}
