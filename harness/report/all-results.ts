/** A run's scenarios followed by what is judged once per run: the list that every report shows and counts. */

import type { RunResult, ScenarioResult, Totals } from '../run/result.ts';

export function allResults(run: RunResult): readonly ScenarioResult[] {
  return [...run.scenarios, ...run.perRun];
}

export function totalsOf(results: readonly ScenarioResult[]): Totals {
  const count = (verdict: ScenarioResult['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length;
  return {
    pass: count('pass'),
    fail: count('fail'),
    inconclusive: count('inconclusive'),
    notApplicable: count('not-applicable'),
  };
}

/** "isolation" of "isolation/same-user". */
export function groupOf(id: string): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(0, slash);
}
