/** One entry of a baseline, and which findings it explains. */

import picomatch from 'picomatch';
import { TARGET_DIED, type Finding } from '../checks/check.ts';
import type { ExpectedFinding } from './result.ts';

export interface BaselineEntry {
  /** A scenario's id, or a glob over ids. */
  readonly scenario: string;
  readonly check: string;
  /** Why it is accepted; printed wherever the finding is. */
  readonly reason: string;
  /** Where it is being dealt with. */
  readonly issue?: string | undefined;
  /** `fail`: in every repeat of a scenario where it comes at all, or the entry is stale. `flaky`: now and then. */
  readonly expect: 'fail' | 'flaky';
  /**
   * Of a flaky one: in which share it may come, between 0 and 1; counted over the repeats of each
   * scenario, and over all drawn schedules together.
   */
  readonly maxRate?: number | undefined;
  /** The last day on which it holds, as YYYY-MM-DD; flaky ones have one. */
  readonly expires?: string | undefined;
  /** Only this kind of finding; any other of the same check is a regression. */
  readonly anomaly?: string | undefined;
  /** Only for targets with this name and version, each an exact value or a glob. */
  readonly target?: { readonly name: string; readonly version?: string | undefined } | undefined;
}

/** An entry as it is looked up: its globs compiled. */
export interface Rule {
  readonly entry: BaselineEntry;
  readonly isAbout: (id: string) => boolean;
}

export interface Target {
  readonly name: string;
  readonly version: string;
}

export function rulesFor(entries: readonly BaselineEntry[], target: Target): readonly Rule[] {
  return entries
    .filter((entry) => isFor(entry, target))
    .map((entry) => ({ entry, isAbout: picomatch(entry.scenario) }));
}

/** Whether the baseline accepts this finding; the target's death only where an entry names it. */
export function isExpected(
  { check, anomaly }: Finding,
  expected: readonly ExpectedFinding[] | undefined,
): boolean {
  const isAbout = ({ anomaly: named }: ExpectedFinding): boolean =>
    named === undefined ? anomaly !== TARGET_DIED : named === anomaly;
  return expected?.some((one) => one.check === check && isAbout(one)) === true;
}

export function explainsAny({ entry }: Rule, findings: readonly Finding[]): boolean {
  return findings.some((finding) => isExpected(finding, [wordsOf(entry)]));
}

export function wordsOf({ check, reason, anomaly }: BaselineEntry): ExpectedFinding {
  return { check, reason, ...(anomaly !== undefined && { anomaly }) };
}

function isFor({ target }: BaselineEntry, { name, version }: Target): boolean {
  if (target === undefined) return true;
  return picomatch.isMatch(name, target.name) && picomatch.isMatch(version, target.version ?? '**');
}
