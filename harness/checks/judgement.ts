/** How checks put their judgement together: one way to write a finding, one way to refuse a verdict. */

import { isLedgerAtHand } from '../history/ledger-at-hand.ts';
import type { ClaimName } from '../target/claims.ts';
import type { Check, Evidence, Finding, FindingName, Judgement } from './check.ts';

/** Why a check is left out that needs one. */
export const NO_LEDGER = 'no ledger says what the upstreams did: only the answers can be judged';

/** A quarter of a timing bound is what the machine's own noise may take (of lag and probe, the larger). */
const NOISE_SHARE_MAX = 0.25;

/** What MCP itself says, what follows from being a gateway, or what a target may claim otherwise. */
export type Basis = 'protocol' | 'contract' | ClaimName;

/** Nameless, unless it says otherwise. */
export interface Breach<Name extends FindingName = never> {
  readonly message: string;
  readonly evidence: readonly string[];
  readonly anomaly?: Name;
}

export interface Examination<Name extends FindingName = FindingName> {
  readonly examined: number;
  readonly breaches: readonly Breach<Name>[];
  readonly inconclusive?: string | undefined;
  readonly ownError?: string | undefined;
}

/**
 * A check from its title and a function that examines; ids and labels are filled in here. A breach with
 * a name that the check does not list as one of its anomalies does not compile.
 */
export function check<const Name extends FindingName = never>(
  definition: Omit<Check, 'judge' | 'anomalies'> & {
    readonly anomalies?: readonly Name[];
    /** It compares what clients were told with what the upstreams wrote down. */
    readonly needsLedger?: true;
    /** What the sentence that it judges rests on. */
    readonly judges: Basis;
    readonly examine: (evidence: Evidence) => Examination<NoInfer<Name>>;
  },
): Check {
  const { judges, needsLedger, examine, ...rest } = definition;
  return {
    ...rest,
    judge: (evidence) =>
      needsLedger === true && !isLedgerAtHand(evidence)
        ? { examined: 0, findings: [], notApplicable: NO_LEDGER }
        : judgement(rest, judges, evidence, examine(evidence)),
  };
}

function judgement(
  definition: Omit<Check, 'judge'>,
  judges: Basis,
  evidence: Evidence,
  examination: Examination,
): Judgement {
  const { examined, breaches, inconclusive, ownError } = examination;
  const contract = contractOf(judges, evidence);
  const claim = claimOf(judges, evidence);
  const findings = breaches.map((breach): Finding => ({
    check: definition.id,
    requirement: definition.requirements[0],
    ...breach,
    ...(contract !== undefined && { contract }),
    ...(claim !== undefined && { claim }),
  }));
  if (ownError !== undefined) return { examined, findings, ownError };
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

function contractOf(judges: Basis, { claims }: Evidence): Finding['contract'] {
  if (judges === 'protocol') return undefined;
  return judges !== 'contract' && claims.declared.includes(judges) ? 'claim' : 'default contract';
}

function claimOf(judges: Basis, { claims }: Evidence): string | undefined {
  if (judges === 'protocol' || judges === 'contract') return undefined;
  const said = claims[judges];
  return said === undefined ? undefined : `${judges}: ${String(said)}`;
}
