/** What the runner is asked to do, and what it says while it does it. */

import type { TargetPlan } from '../target/target.ts';
import type { JobSource } from './job-queue.ts';
import type { Baseline } from './baseline.ts';
import type { ScenarioResult } from './result.ts';
import type { Scenario } from './scenario.ts';

export interface RunOptions {
  readonly scenarios: readonly Scenario[];
  /** Instead of the scenarios: jobs that are drawn. Those that are inconclusive leave the exit code to whoever draws. */
  readonly source?: JobSource;
  readonly plan: TargetPlan;
  readonly seed: number;
  /** How often each scenario is run, at least 1. */
  readonly repeat: number;
  /** How many lanes work at once, at least 1. */
  readonly jobs: number;
  /** Try what convicts the target once more without it. */
  readonly controlArm?: boolean;
  /** The whole run, in milliseconds; what has not begun by then is left out, and the exit code is 124. */
  readonly timeBudgetMs?: number;
  /** The directory of reports and bundles; exists and can be written. */
  readonly out: string;
  /** Aborted when the user interrupts: lanes are torn down, and what was judged so far is returned. */
  readonly signal: AbortSignal;
  /** The command that repeats this run. */
  readonly command: string;
  readonly baseline?: Baseline;
  /** Values that nothing written may hold; the runner adds those that its targets hand out. */
  readonly secrets?: Set<string>;
  /** The number of the first repetition, to run one of them again with its own randomness. Default 0. */
  readonly firstRepeat?: number;
}

/** All of it is for people; nothing in a run depends on it. */
export interface RunEvents {
  /** @param total scenarios times repeats; undefined where they are drawn until something ends it. */
  readonly started: (total: number | undefined) => void;
  readonly scenarioDone: (result: ScenarioResult, done: number, total: number | undefined) => void;
  /** A line worth saying: "installing contextforge 1.1.0". */
  readonly note: (line: string) => void;
}
