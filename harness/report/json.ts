/** The machine's view of a run. Keys are only ever added; what is judged once per run is a scenario "run/…". */

import { powerOfRun } from '../run/power.ts';
import type { RunResult } from '../run/result.ts';
import { allResults, totalsOf } from './all-results.ts';
import { ownNames } from './own-names.ts';
import type { Redactor } from './redact.ts';

export function jsonReport(run: RunResult, redactor: Redactor): string {
  const scenarios = allResults(run);
  const document = {
    suite: run.suite,
    target: run.target,
    seed: run.seed,
    command: run.command,
    startedAt: run.startedAt,
    durationMs: run.durationMs,
    exitCode: run.exitCode,
    ...(run.error !== undefined && { error: run.error }),
    totals: totalsOf(scenarios),
    power: powerOfRun(scenarios),
    tools: run.tools,
    ...(run.timings !== undefined && { timings: run.timings }),
    ...(run.coverage !== undefined && { coverage: run.coverage }),
    ...(run.staleBaseline !== undefined && { staleBaseline: run.staleBaseline }),
    ...(run.expiredBaseline !== undefined && { expiredBaseline: run.expiredBaseline }),
    ...(run.exceededBaseline !== undefined && { exceededBaseline: run.exceededBaseline }),
    out: run.out,
    scenarios,
  };
  const names = ownNames([scenarios, run.coverage, run.tools, run.startedAt]);
  return `${JSON.stringify(redactor.value(document, names), undefined, 2)}\n`;
}
