/**
 * What a run found, as plain data: the runner writes it, every report reads it, and it survives
 * JSON. Nothing in here can do anything.
 */

import type { Finding } from '../checks/check.ts';
import type { Diagnosis } from '../oracle/diagnosis.ts';
import type { JudgedReceipt } from '../history/effect.ts';
import type { Encounter } from '../storm/encounter.ts';

import type { Control } from './recorded.ts';
import type { Power } from './power.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'not-applicable';

export interface CheckResult {
  readonly id: string;
  readonly verdict: Verdict;
  /** How many things the check looked at. A check that looked at nothing proved nothing. */
  readonly examined: number;
  readonly reason?: string;
}

export interface OperationCounts {
  readonly total: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Operations that a fault could have touched. */
  readonly exposed: number;
}

export interface ScenarioResult {
  /** The scenario's id; "run/…" for what is judged once per run. */
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Why it is inconclusive or not applicable, what went wrong on our side, or what a fail leaves out. */
  readonly reason?: string;
  /** The suite itself failed here, not the target. */
  readonly ownError?: boolean;
  /** It was chosen, and the run ended before its turn or in its middle. */
  readonly isNotRun?: boolean;
  /** This scenario's own code of `EXIT`. */
  readonly exitCode: number;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
  /** Why it failed, in one sentence for all of its findings. */
  readonly diagnosis?: Diagnosis;
  readonly receipts: readonly JudgedReceipt[];
  readonly operations: OperationCounts;
  readonly checks: readonly CheckResult[];
  /** What the verdict is worth; absent where nothing was judged. */
  readonly power?: Power;
  /** What the control arm showed of its findings. */
  readonly control?: Control;
  /** What faults of a schedule met, by kind of fault, kind of operation and phase. */
  readonly met?: readonly Encounter[];
  /** Inconclusive because none of its schedule's faults met anybody. */
  readonly unmet?: true;
  /** The directory of its bundle. */
  readonly bundle?: string;
  readonly requirements: readonly string[];
  /** The last lines that the target wrote. */
  readonly targetLog?: readonly string[];
  /** Which repetition of the scenario this is, from 0. */
  readonly repeat: number;
  /** The findings that the baseline expects, by check; all of them expected makes a fail's exit code 0. */
  readonly expected?: readonly ExpectedFinding[];
}

export interface ExpectedFinding {
  readonly check: string;
  /** Why, in the baseline's words. */
  readonly reason: string;
  /** Only this kind is expected of the check. */
  readonly anomaly?: string;
}

/** An entry of the baseline whose finding did not come, or in some repeats of this scenario only. */
export interface StaleEntry {
  /** The entry's own glob where it came in none. */
  readonly scenario: string;
  readonly check: string;
  /** Where the entry is about this kind of finding only. */
  readonly anomaly?: string;
  /** Results in which it came. */
  readonly hits: number;
  /** Results in which its check was judged. */
  readonly of: number;
}

/** An entry of the baseline whose last day is past. */
export interface ExpiredEntry {
  readonly scenario: string;
  readonly check: string;
  readonly expires: string;
}

/** A flaky finding that came more often than the baseline allows. */
export interface ExceededRate {
  /** The entry's own glob where schedules were drawn. */
  readonly scenario: string;
  readonly check: string;
  /** Results in which it came. */
  readonly hits: number;
  /** Results in which its check was judged. */
  readonly of: number;
  readonly maxRate: number;
}

export interface Totals {
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  readonly notApplicable: number;
}

export interface StormCoverage {
  readonly cells: readonly (Encounter & {
    /** Schedules in which it happened. */
    readonly schedules: number;
  })[];
  /** What was required and never happened, in words. */
  readonly missing: readonly string[];
}

export interface ToolUsed {
  readonly name: string;
  readonly version: string;
  /** Where it came from: "PATH", "cache", "container". */
  readonly how: string;
}

export interface RunResult {
  readonly suite: { readonly version: string };
  readonly target: { readonly name: string; readonly version: string };
  readonly seed: number;
  /** The command that repeats this run. */
  readonly command: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly totals: Totals;
  readonly scenarios: readonly ScenarioResult[];
  /** Judged once per run, such as the target's leaks. */
  readonly perRun: readonly ScenarioResult[];
  readonly tools: readonly ToolUsed[];
  /** Milliseconds by name: where the run's time went. */
  readonly timings?: Readonly<Record<string, number>>;
  /** The directory that holds the reports and bundles. */
  readonly out: string;
  /** Why the run could not begin. */
  readonly error?: string;
  /** What the faults of a storm met. */
  readonly coverage?: StormCoverage;
  readonly staleBaseline?: readonly StaleEntry[];
  readonly expiredBaseline?: readonly ExpiredEntry[];
  readonly exceededBaseline?: readonly ExceededRate[];
}
