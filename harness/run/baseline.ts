/**
 * The findings that are expected of a target: known, explained, and red again as soon as they
 * change in either direction, or when their time is over.
 */

import { EXIT } from '../report/exit-codes.ts';
import { exceededBy, seriesOf, staleOf } from './baseline-drift.ts';
import {
  explainsAny,
  isExpected,
  rulesFor,
  wordsOf,
  type BaselineEntry,
  type Rule,
  type Target,
} from './baseline-rule.ts';
import type { ExceededRate, ExpiredEntry, ScenarioResult, StaleEntry } from './result.ts';

export interface Baseline {
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
  /** Where in the file each entry is. */
  readonly lines?: readonly number[];
  /** The day of the run, as YYYY-MM-DD. */
  readonly today: string;
}

export interface Baselined {
  /** The same results; a fail whose findings are all expected has exit code 0, or 2 where more was found than could be kept. */
  readonly results: readonly ScenarioResult[];
  /** Entries whose check was judged, and whose finding did not come, or not in every repeat. */
  readonly stale: readonly StaleEntry[];
  /** Entries whose last day is past. They still explain their findings, and the run is red. */
  readonly expired: readonly ExpiredEntry[];
  /** What came more often than a flaky entry allows: violations. */
  readonly exceeded: readonly ExceededRate[];
}

/** @param results all of a run: rates are counted over them. */
export function applyBaseline(
  { entries, today }: Baseline,
  results: readonly ScenarioResult[],
  target: Target,
): Baselined {
  const rules = rulesFor(entries, target);
  const exceeded = rules.flatMap((rule) => exceededBy(rule, results));
  const isExceeded = ({ entry }: Rule, result: ScenarioResult): boolean =>
    exceeded.some((rate) => rate.entry === entry && rate.scenario === seriesOf(result, entry));
  return {
    results: results.map((result) => {
      const about = rules.filter((rule) => rule.isAbout(result.id));
      const over = about.filter((rule) => isExceeded(rule, result));
      return withExpected(result, about, over);
    }),
    stale: rules.flatMap((rule) => staleOf(rule, results)),
    expired: rules.flatMap(({ entry }) => {
      const { scenario, check, expires } = entry;
      return expires !== undefined && expires < today ? [{ scenario, check, expires }] : [];
    }),
    exceeded: exceeded.map(({ entry: _entry, ...rate }) => rate),
  };
}

/** @param over those of the rules that are about findings which came too often: nothing explains these. */
function withExpected(
  result: ScenarioResult,
  rules: readonly Rule[],
  over: readonly Rule[],
): ScenarioResult {
  const { findings, exitCode } = result;
  const tooOften = over.map(({ entry }) => wordsOf(entry));
  const excusable = findings.filter((finding) => !isExpected(finding, tooOften));
  const expected = rules
    .filter((rule) => explainsAny(rule, excusable))
    .map(({ entry }) => wordsOf(entry));
  if (expected.length === 0) return result;
  const excused = excusable.filter((finding) => isExpected(finding, expected));
  const isExcused = excused.length === findings.length && exitCode === EXIT.violation;
  // What rests on hidden words alone may be what nobody expected.
  const excuse = result.reason === undefined ? EXIT.ok : EXIT.inconclusive;
  return { ...result, expected, ...(isExcused && { exitCode: excuse }) };
}
