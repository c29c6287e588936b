/** From the scenarios' results to the run's: totals, order, exit code. */

import { EXIT, worstExitCode } from '../report/exit-codes.ts';
import { totalsOf } from '../report/all-results.ts';
import { applyBaseline } from './baseline.ts';
import type { RunOptions } from './run-options.ts';
import type { RunResult, ScenarioResult, ToolUsed } from './result.ts';

export interface RunParts {
  readonly options: RunOptions;
  readonly suite: { readonly version: string };
  readonly target: { readonly name: string; readonly version: string };
  readonly startedAt: string;
  readonly durationMs: number;
  readonly tools: readonly ToolUsed[];
  readonly results: readonly ScenarioResult[];
  readonly codes: readonly number[];
  readonly timings: Readonly<Record<string, number>>;
}

export function summarise(parts: RunParts): RunResult {
  const { options, results, codes, ...rest } = parts;
  const sorted = results.toSorted((a, b) => a.id.localeCompare(b.id) || a.repeat - b.repeat);
  const {
    results: judged,
    stale,
    expired,
    exceeded,
  } = options.baseline === undefined
    ? { results: sorted, stale: [], expired: [], exceeded: [] }
    : applyBaseline(options.baseline, sorted, parts.target);
  const isOld = stale.length + expired.length > 0;
  const all = isOld ? [...codes, EXIT.staleBaseline] : codes;
  return {
    ...rest,
    seed: options.seed,
    command: options.command,
    out: options.out,
    exitCode: exitCodeOf(options.source === undefined ? judged : judged.filter(isTelling), all),
    totals: totalsOf(judged),
    ...(stale.length > 0 && { staleBaseline: stale }),
    ...(expired.length > 0 && { expiredBaseline: expired }),
    ...(exceeded.length > 0 && { exceededBaseline: exceeded }),
    scenarios: judged.filter(({ id }) => !id.startsWith('run/')),
    perRun: judged.filter(({ id }) => id.startsWith('run/')),
  };
}

/** Of what is drawn without end some proves nothing; how much of that is too much, its source says. */
function isTelling({ verdict, exitCode, control }: ScenarioResult): boolean {
  const isOurs = control !== undefined && control.failed.length > 0;
  return isOurs || verdict !== 'inconclusive' || exitCode !== EXIT.inconclusive;
}

/** A run in which nothing applied proves nothing. */
function exitCodeOf(results: readonly ScenarioResult[], codes: readonly number[]): number {
  const worst = worstExitCode([...results.map(({ exitCode }) => exitCode), ...codes]);
  const isVacuous = results.every(({ verdict }) => verdict === 'not-applicable');
  return worst === EXIT.ok && isVacuous ? EXIT.inconclusive : worst;
}
