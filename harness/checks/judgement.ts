/** How checks put their judgement together: one way to write a finding, one way to refuse a verdict. */

import type { Check, Evidence, Finding, Judgement } from './check.ts';

/** A quarter of a timing bound is what the machine's own noise may take (of lag and probe, the larger). */
const NOISE_SHARE_MAX = 0.25;

export interface Breach {
  readonly message: string;
  readonly evidence: readonly string[];
}

export interface Examination {
  readonly examined: number;
  readonly breaches: readonly Breach[];
  readonly inconclusive?: string | undefined;
}

/** A check from its title and a function that examines; ids and labels are filled in here. */
export function check(
  definition: Omit<Check, 'judge'> & {
    /** Whether it judges a claim or what MCP itself says. */
    readonly judges: 'protocol' | 'claim';
    readonly examine: (evidence: Evidence) => Examination;
  },
): Check {
  const { judges, examine, ...rest } = definition;
  return {
    ...rest,
    judge: (evidence) => judgement(rest, judges, evidence, examine(evidence)),
  };
}

function judgement(
  definition: Omit<Check, 'judge'>,
  judges: 'protocol' | 'claim',
  evidence: Evidence,
  examination: Examination,
): Judgement {
  const { examined, breaches, inconclusive } = examination;
  const label = evidence.claims.declared ? ('claim' as const) : ('default contract' as const);
  const findings = breaches.map((breach): Finding => ({
    check: definition.id,
    requirement: definition.requirements[0],
    ...breach,
    ...(judges === 'claim' && { contract: label }),
  }));
  if (inconclusive !== undefined) return { examined, findings, inconclusive };
  if (examined > 0) return { examined, findings };
  return { examined, findings, inconclusive: `${definition.id} found nothing to examine` };
}

/** Why a bound of `boundMs` cannot be judged on a machine as noisy as this, or undefined if it can. */
export function tooNoisyFor(boundMs: number, evidence: Evidence): string | undefined {
  const { lagMaxMs, probeMaxMs } = evidence.noise;
  const worst = Math.max(lagMaxMs, probeMaxMs);
  if (worst <= boundMs * NOISE_SHARE_MAX) return undefined;
  return (
    `the machine was too busy to judge a bound of ${boundMs} ms: ` +
    `event loop late by ${Math.round(lagMaxMs)} ms, probe took ${Math.round(probeMaxMs)} ms`
  );
}
