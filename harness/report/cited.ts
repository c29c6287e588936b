/** Findings with the words of the requirement that they break, for readers who do not know its id. */

import type { RunResult, ScenarioResult } from '../run/result.ts';

/** By requirement id. */
export type Requirements = Readonly<
  Record<string, { readonly level: string; readonly text: string; readonly source: string }>
>;

/** The same result; a finding whose requirement is known carries its sentence. */
export function cited(result: ScenarioResult, requirements: Requirements): ScenarioResult {
  if (result.findings.length === 0) return result;
  const findings = result.findings.map((finding) => {
    const known = Object.hasOwn(requirements, finding.requirement)
      ? requirements[finding.requirement]
      : undefined;
    if (known === undefined) return finding;
    return { ...finding, sentence: `${known.text} (${known.level}; ${known.source})` };
  });
  return { ...result, findings };
}

export function citedRun<R extends RunResult>(run: R, requirements: Requirements): R {
  const cite = (result: ScenarioResult): ScenarioResult => cited(result, requirements);
  return { ...run, scenarios: run.scenarios.map(cite), perRun: run.perRun.map(cite) };
}
