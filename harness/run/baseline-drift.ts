/** How what was expected of a run differs from what came: entries that are stale, and rates that were exceeded. */

import { explainsAny, type BaselineEntry, type Rule } from './baseline-rule.ts';
import type { ExceededRate, ScenarioResult, StaleEntry } from './result.ts';

/** Whether the finding came; `open`: nobody can say; undefined: its check did not judge there. */
function answerOf(rule: Rule, result: ScenarioResult): 'came' | 'missing' | 'open' | undefined {
  if (explainsAny(rule, result.findings)) return 'came';
  const own = result.checks.find(({ id }) => id === rule.entry.check);
  const { verdict } = isJudged(result) ? (own ?? { verdict: 'not-applicable' }) : result;
  if (verdict === 'inconclusive') return 'open';
  return verdict === 'not-applicable' ? undefined : 'missing';
}

/** What was left out or not applicable says nothing; what is open leaves open whether it came at all. */
export function staleOf(rule: Rule, results: readonly ScenarioResult[]): readonly StaleEntry[] {
  const { scenario, check, anomaly, expect } = rule.entry;
  if (expect === 'flaky') return [];
  const counted = [
    ...Map.groupBy(
      results.filter(({ id }) => rule.isAbout(id)),
      ({ id }) => id,
    ),
  ].map(([id, repeats]) => ({ id, ...countOf(rule, repeats) }));
  const about = { check, ...(anomaly !== undefined && { anomaly }) };
  const of = counted.reduce((sum, one) => sum + one.of, 0);
  if (counted.some(({ hits }) => hits > 0)) {
    return counted
      .filter((one) => one.hits > 0 && one.hits < one.of)
      .map((one) => ({ ...about, scenario: one.id, hits: one.hits, of: one.of }));
  }
  return of > 0 && !counted.some(({ isOpen }) => isOpen)
    ? [{ ...about, scenario, hits: 0, of }]
    : [];
}

/** One that came once proves no rate, so a single one among few is always within. */
export function exceededBy(
  rule: Rule,
  results: readonly ScenarioResult[],
): readonly (ExceededRate & { readonly entry: BaselineEntry })[] {
  const { entry } = rule;
  const { maxRate, check } = entry;
  if (entry.expect !== 'flaky' || maxRate === undefined) return [];
  const own = results.filter(({ id }) => rule.isAbout(id));
  const series = Map.groupBy(own, (result) => seriesOf(result, entry));
  return [...series].flatMap(([scenario, some]) => {
    const { hits, of } = countOf(rule, some);
    return hits <= 1 || hits <= of * maxRate ? [] : [{ scenario, check, hits, of, maxRate, entry }];
  });
}

/** What a rate is counted over, by name: a drawn schedule comes once, so all that an entry is about are one series. */
export function seriesOf({ id, met }: ScenarioResult, { scenario }: BaselineEntry): string {
  return met === undefined ? id : scenario;
}

/** In how many of the results that say something it came. */
function countOf(
  rule: Rule,
  results: readonly ScenarioResult[],
): { readonly hits: number; readonly of: number; readonly isOpen: boolean } {
  const answers = results.map((result) => answerOf(rule, result));
  const hits = answers.filter((answer) => answer === 'came').length;
  const missing = answers.filter((answer) => answer === 'missing').length;
  return { hits, of: hits + missing, isOpen: answers.includes('open') };
}

function isJudged({ verdict }: ScenarioResult): boolean {
  return verdict === 'pass' || verdict === 'fail';
}
