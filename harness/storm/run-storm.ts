/** A storm: schedules drawn one after the other and carried out, until the budget is over or something is violated. */

import { EXIT, worstExitCode } from '../report/exit-codes.ts';
import { totalsOf } from '../report/all-results.ts';
import { applyBaseline } from '../run/baseline.ts';
import type { Instrument } from '../run/instrument.ts';
import type { RunEvents, RunOptions } from '../run/run-options.ts';
import type { RunResult, ScenarioResult } from '../run/result.ts';
import { runScenarios } from '../run/runner.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import { Coverage, describeRequired } from './coverage.ts';
import { REQUIRED_ENCOUNTERS } from './required-encounters.ts';
import { StormSource } from './storm-source.ts';

export interface StormOptions extends Omit<RunOptions, 'scenarios' | 'repeat' | 'source'> {
  /** In milliseconds, once target and tools stand; what has begun by then is carried out to its end. */
  readonly budgetMs: number;
}

/** Of all schedules that may prove nothing: where it is more, the machine or the target is not fit for a storm. */
const INCONCLUSIVE_SHARE_MAX = 0.1;

/** @throws like `runScenarios`. */
export async function runStorm(
  options: StormOptions,
  events: RunEvents,
  instrument?: Instrument,
): Promise<RunResult> {
  const { seed, plan, budgetMs, baseline } = options;
  const coverage = new Coverage(REQUIRED_ENCOUNTERS);
  const source = new StormSource(
    (index) => drawSchedule(seed, index, plan.claims),
    coverage,
    budgetMs,
  );
  const told: RunEvents = {
    started: (total) => events.started(total),
    note: events.note,
    scenarioDone: (result, done, total) => {
      if (isJudged(result)) coverage.add(result.met ?? []);
      const [marked = result] =
        baseline === undefined ? [result] : applyBaseline(baseline, [result], plan).results;
      if (isViolation(marked)) source.end();
      events.scenarioDone(result, done, total);
    },
  };
  const run = await runScenarios(
    { ...options, scenarios: [], repeat: 1, source },
    told,
    instrument,
  );
  const judged = coverageResult(run, coverage);
  const done = run.scenarios.length + 1;
  events.scenarioDone(judged, done, done);
  return withCoverage(run, coverage, judged);
}

function withCoverage(run: RunResult, coverage: Coverage, judged: ScenarioResult): RunResult {
  const perRun = [...run.perRun, judged];
  return {
    ...run,
    exitCode: worstExitCode([run.exitCode, judged.exitCode]),
    perRun,
    totals: totalsOf([...run.scenarios, ...perRun]),
    coverage: { cells: coverage.cells(), missing: coverage.missing().map(describeRequired) },
  };
}

/** Whether all those passes mean anything, as one more result that every report shows. */
function coverageResult(run: RunResult, coverage: Coverage): ScenarioResult {
  const sum = (of: (result: ScenarioResult) => number): number =>
    run.scenarios.reduce((total, result) => total + of(result), 0);
  const about = {
    id: 'run/storm-coverage',
    title: 'A storm in which nothing was broken has met what it must',
    durationMs: 0,
    findings: [],
    receipts: [],
    operations: { total: 0, ok: 0, fail: 0, info: 0, exposed: 0 },
    checks: [],
    requirements: [],
    repeat: 0,
  };
  if (run.scenarios.some(isViolation)) {
    const reason = 'something was violated, so that nobody has to rely on what was met';
    return { ...about, verdict: 'not-applicable', reason, exitCode: EXIT.ok };
  }
  const met = sum((result) => result.met?.length ?? 0);
  const doubt = whyInconclusive(run.scenarios, coverage);
  if (doubt === undefined) {
    const checks = [{ id: 'storm-coverage', verdict: 'pass', examined: met }] as const;
    return { ...about, verdict: 'pass', exitCode: EXIT.ok, checks };
  }
  return { ...about, verdict: 'inconclusive', reason: doubt, exitCode: EXIT.inconclusive };
}

function whyInconclusive(
  results: readonly ScenarioResult[],
  coverage: Coverage,
): string | undefined {
  const judged = results.filter(isJudged);
  if (judged.length === 0) return 'no schedule was judged: give the storm more time';
  // What a schedule whose faults met nobody leaves out is missing from the coverage.
  const open = results.filter((one) => !isJudged(one) && one.unmet !== true).length;
  if (open > results.length * INCONCLUSIVE_SHARE_MAX) {
    return `${open} of ${results.length} schedules could not be judged`;
  }
  const missing = coverage.missing().map(describeRequired);
  if (missing.length === 0) return undefined;
  return (
    `${missing.length} of what a storm must meet never happened, ` +
    `so that nothing broke proves little; give it more time: ${missing.join(', ')}`
  );
}

function isJudged({ verdict }: ScenarioResult): boolean {
  return verdict === 'pass' || verdict === 'fail';
}

function isViolation({ verdict, exitCode }: ScenarioResult): boolean {
  return verdict === 'fail' && exitCode !== EXIT.ok;
}
