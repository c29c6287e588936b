/**
 * One directory for one run of a scenario, with everything needed to judge it again: `manifest.json`,
 * `history.jsonl`, `ledger.jsonl`, `receipts.json`, `findings.json`, `target.log` and, where the run
 * followed a generated schedule, `schedule.json`.
 */

import type { Schedule } from '../schedule/schedule.ts';
import type { Environment } from './environment.ts';
import type { Judged } from './judge.ts';
import type { Recorded } from './recorded.ts';
import type { ToolUsed } from './result.ts';

/** What is written. Schema 1 knew no environment, schedule, parent or reproduction, and is still read. */
export const BUNDLE_SCHEMA = 2;
export const READABLE_SCHEMAS: readonly unknown[] = [1, BUNDLE_SCHEMA];

/** Who ran what: the part of a manifest that the judge does not need. */
export interface Provenance {
  readonly title: string;
  readonly requirements: readonly string[];
  readonly suite: { readonly version: string };
  readonly target: { readonly name: string; readonly version: string };
  readonly seed: number;
  readonly repeat: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly command: string;
  readonly tools: readonly ToolUsed[];
  /** Absent in bundles of schema 1. */
  readonly environment?: Environment;
}

/** How often a bundle's schedule showed the finding that it was shrunk for when it was run again. */
export interface Reproduction {
  readonly attempts: number;
  /** Attempts that showed it. */
  readonly failures: number;
  /** Wilson's interval of failures by attempts at 95 %: lower and upper end, from 0 to 1. */
  readonly wilson95: readonly [number, number];
}

export interface Bundle {
  readonly provenance: Provenance;
  readonly recorded: Recorded;
  readonly judged: Judged;
  readonly targetLog: readonly string[];
  /** What was generated for this run, if it was. */
  readonly schedule?: Schedule;
  readonly reproduction?: Reproduction;
  /** The name of the bundle that this one was shrunk from. */
  readonly parent?: string;
}
