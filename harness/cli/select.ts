/**
 * Which scenarios a command line means. A pattern is a scenario's id with globs, an issue number
 * (`4205`, `IBM/mcp-context-forge#4205`), or a requirement's id (`ISO-02`).
 */

import picomatch from 'picomatch';
import { UsageError } from '../errors.ts';
import type { Scenario } from '../run/scenario.ts';
import type { Issue } from '../../scenarios/issues.ts';
import type { Catalogue } from './catalogue.ts';
import { didYouMean } from './nearest.ts';

type Selectable = Pick<Catalogue, 'scenarios' | 'issues'>;

const ISSUE = /^(?:[\w.-]+\/[\w.-]+#|#)?\d+$/;
const REQUIREMENT = /^[A-Z]{2,}-\d+$/i;
const SEE_LIST = '; see "mcp-gauntlet list"';
const SEE_REQUIREMENTS = '; "mcp-gauntlet list --json" names those that there are';

/** In the suite's own order, each once; without a pattern, all. @throws {UsageError} if a pattern matches nothing. */
export function selectScenarios(
  patterns: readonly string[],
  { scenarios, issues }: Selectable,
): readonly Scenario[] {
  if (patterns.length === 0) return scenarios;
  const chosen = new Set(
    patterns.flatMap((pattern) => {
      if (ISSUE.test(pattern)) return ofIssues(issuesNamed(pattern, issues), scenarios);
      return REQUIREMENT.test(pattern)
        ? ofRequirement(pattern.toUpperCase(), scenarios)
        : ofGlob(pattern, scenarios);
    }),
  );
  return scenarios.filter((scenario) => chosen.has(scenario));
}

export function isIssue(pattern: string): boolean {
  return ISSUE.test(pattern);
}

/** A bare number means the issue of that number in any repository. @throws {UsageError} if none is known. */
export function issuesNamed(pattern: string, issues: readonly Issue[]): readonly Issue[] {
  const found = issues.filter(({ id }) =>
    pattern.includes('/') ? id === pattern : id.endsWith(`#${pattern.replace('#', '')}`),
  );
  if (found.length > 0) return found;
  const known = issues.map(({ id }) => id).join(', ');
  throw new UsageError(`no scenario reproduces the issue ${pattern}; known issues: ${known}`);
}

function ofIssues(issues: readonly Issue[], scenarios: readonly Scenario[]): readonly Scenario[] {
  const matches = picomatch(issues.flatMap((issue) => issue.scenarios));
  return scenarios.filter(({ id }) => matches(id));
}

function ofRequirement(id: string, scenarios: readonly Scenario[]): readonly Scenario[] {
  const found = scenarios.filter(({ requirements, checks }) =>
    [requirements, ...checks.map((check) => check.requirements)].some((ids) => ids.includes(id)),
  );
  if (found.length > 0) return found;
  throw new UsageError(`no scenario is about the requirement ${id}${SEE_REQUIREMENTS}`);
}

function ofGlob(pattern: string, scenarios: readonly Scenario[]): readonly Scenario[] {
  const matches = picomatch(pattern);
  const found = scenarios.filter(({ id }) => matches(id));
  if (found.length > 0) return found;
  const ids = scenarios.map(({ id }) => id);
  const globs = ids.map((id) => `${id.split('/')[0]}/*`);
  const hint = globs.includes(`${pattern}/*`)
    ? `, did you mean "${pattern}/*"?`
    : didYouMean(pattern, [...ids, ...globs]) || SEE_LIST;
  throw new UsageError(`no scenario matches "${pattern}"${hint}`);
}
