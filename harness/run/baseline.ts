/**
 * The findings that are expected of a target: known, explained, and red again as soon as they
 * change in either direction, or when their time is over.
 */

import picomatch from 'picomatch';
import { TARGET_DIED, type Finding } from '../checks/check.ts';
import { EXIT } from '../report/exit-codes.ts';
import type { ExceededRate, ExpectedFinding, ExpiredEntry, ScenarioResult } from './result.ts';

export interface BaselineEntry {
  /** A scenario's id, or a glob over ids. */
  readonly scenario: string;
  readonly check: string;
  /** Why it is accepted; printed wherever the finding is. */
  readonly reason: string;
  /** Where it is being dealt with. */
  readonly issue?: string | undefined;
  /** `fail`: in every run, or the entry is stale. `flaky`: now and then. */
  readonly expect: 'fail' | 'flaky';
  /** Of a flaky one: in which share of a run's repeats it may come, between 0 and 1. */
  readonly maxRate?: number | undefined;
  /** The last day on which it holds, as YYYY-MM-DD; flaky ones have one. */
  readonly expires?: string | undefined;
  /** Only this kind of finding; any other of the same check is a regression. */
  readonly anomaly?: string | undefined;
  /** Only for targets with this name and version, each an exact value or a glob. */
  readonly target?: { readonly name: string; readonly version?: string | undefined } | undefined;
}

export interface Baseline {
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
  /** Where in the file each entry is. */
  readonly lines?: readonly number[];
  /** The day of the run, as YYYY-MM-DD. */
  readonly today: string;
}

export interface Baselined {
  /** The same results; a fail whose findings are all expected has exit code 0. */
  readonly results: readonly ScenarioResult[];
  /** Entries whose scenarios were judged, and whose finding did not come. */
  readonly stale: readonly BaselineEntry[];
  /** Entries whose last day is past. They still explain their findings, and the run is red. */
  readonly expired: readonly ExpiredEntry[];
  /** What came more often than a flaky entry allows: violations. */
  readonly exceeded: readonly ExceededRate[];
}

interface Target {
  readonly name: string;
  readonly version: string;
}

/** An entry as it is looked up: its globs compiled. */
interface Rule {
  readonly entry: BaselineEntry;
  readonly isAbout: (id: string) => boolean;
}

/** @param results all repeats of a run; a flaky entry's rate is counted over those of one scenario. */
export function applyBaseline(
  { entries, today }: Baseline,
  results: readonly ScenarioResult[],
  target: Target,
): Baselined {
  const rules = entries
    .filter((entry) => isFor(entry, target))
    .map((entry): Rule => ({ entry, isAbout: picomatch(entry.scenario) }));
  const exceeded = rules.flatMap((rule) => exceededBy(rule, results));
  const isExceeded = ({ entry }: Rule, id: string): boolean =>
    exceeded.some(({ scenario, entry: other }) => scenario === id && other === entry);
  const marked = results.map((result) =>
    withExpected(
      result,
      rules.filter((rule) => rule.isAbout(result.id) && !isExceeded(rule, result.id)),
    ),
  );
  return {
    results: marked,
    stale: rules.filter((rule) => isStale(rule, results)).map(({ entry }) => entry),
    expired: rules.flatMap(({ entry }) => {
      const { scenario, check, expires } = entry;
      return expires !== undefined && expires < today ? [{ scenario, check, expires }] : [];
    }),
    exceeded: exceeded.map(({ entry: _entry, ...rate }) => rate),
  };
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

function isFor({ target }: BaselineEntry, { name, version }: Target): boolean {
  if (target === undefined) return true;
  return picomatch.isMatch(name, target.name) && picomatch.isMatch(version, target.version ?? '**');
}

function withExpected(result: ScenarioResult, rules: readonly Rule[]): ScenarioResult {
  const expected = rules.filter((rule) => has(rule, result)).map(({ entry }) => wordsOf(entry));
  if (expected.length === 0) return result;
  const isAllExpected = result.findings.every((finding) => isExpected(finding, expected));
  const isViolation = result.exitCode === EXIT.violation;
  return { ...result, expected, ...(isAllExpected && isViolation && { exitCode: EXIT.ok }) };
}

function has({ entry }: Rule, { findings }: ScenarioResult): boolean {
  return findings.some((finding) => isExpected(finding, [wordsOf(entry)]));
}

function wordsOf({ check, reason, anomaly }: BaselineEntry): ExpectedFinding {
  return { check, reason, ...(anomaly !== undefined && { anomaly }) };
}

/** Stale only where it was judged: an inconclusive scenario says nothing, and one that was left out neither. */
function isStale(rule: Rule, results: readonly ScenarioResult[]): boolean {
  if (rule.entry.expect === 'flaky') return false;
  const own = results.filter(({ id }) => rule.isAbout(id));
  const judged = own.filter(isJudged);
  return judged.length > 0 && judged.length === own.length && !judged.some((one) => has(rule, one));
}

/** One that came once proves no rate, so a single one among few repeats is always within. */
function exceededBy(
  rule: Rule,
  results: readonly ScenarioResult[],
): readonly (ExceededRate & { readonly entry: BaselineEntry })[] {
  const { entry } = rule;
  const { maxRate, check } = entry;
  if (entry.expect !== 'flaky' || maxRate === undefined) return [];
  const own = results.filter((result) => rule.isAbout(result.id) && isJudged(result));
  return [...Map.groupBy(own, ({ id }) => id)].flatMap(([scenario, repeats]) => {
    const hits = repeats.filter((one) => has(rule, one)).length;
    const isWithin = hits <= 1 || hits <= repeats.length * maxRate;
    return isWithin ? [] : [{ scenario, check, hits, of: repeats.length, maxRate, entry }];
  });
}

function isJudged({ verdict }: ScenarioResult): boolean {
  return verdict === 'pass' || verdict === 'fail';
}
