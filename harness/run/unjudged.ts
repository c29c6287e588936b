/** Results of scenarios that were not run to their end. */

import { HarnessError } from '../errors.ts';
import { EXIT } from '../report/exit-codes.ts';
import type { Claims } from '../target/claims.ts';
import type { TargetPlan } from '../target/target.ts';
import type { ScenarioResult } from './result.ts';
import type { Job } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** Why this scenario cannot be run against that target, or undefined if it can. */
export function whyNotApplicable(scenario: Scenario, plan: TargetPlan): string | undefined {
  const { claims } = plan;
  const upstreams = Object.keys(scenario.upstreams).length;
  if (upstreams > 1 && claims.upstreams === 'one')
    return 'it needs a target that claims several upstreams';
  if (scenario.pathPrefix !== undefined && !claims.pathPrefix) {
    return 'it needs a target that claims a path prefix';
  }
  if (scenario.idleProbeMs !== undefined && !claims.idleProbe) {
    return 'it needs a target that claims to examine idle sessions';
  }
  if (scenario.stopsTarget === true && !plan.isStartedByUs) {
    return 'it ends the process of the target, which somebody else started';
  }
  if ((scenario.usersMin ?? 1) > Math.max(1, plan.users.length)) {
    return `it needs ${scenario.usersMin} users, and the target has credentials for ${plan.users.length}`;
  }
  return scenario.notApplicable?.(claims) ?? whyNoCheckApplies(scenario, claims);
}

function whyNoCheckApplies(scenario: Scenario, claims: Claims): string | undefined {
  const reasons = scenario.checks.map((check) => check.notApplicable?.(claims));
  return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
}

export function notApplicable(job: Job, reason: string): ScenarioResult {
  return { ...unjudged(job), verdict: 'not-applicable', reason, exitCode: EXIT.ok };
}

/** The lane could not be opened, or the suite failed around the scenario. */
export function failedAround(job: Job, error: unknown): ScenarioResult {
  const message = error instanceof Error ? error.message : String(error);
  const exitCode = error instanceof HarnessError ? error.exitCode : EXIT.ownError;
  return {
    ...unjudged(job),
    verdict: 'inconclusive',
    reason: message,
    exitCode,
    ...(exitCode === EXIT.ownError && { ownError: true }),
  };
}

/** It was chosen, and the run ended before its turn or in its middle. */
export function notRun(job: Job, exitCode: number): ScenarioResult {
  const why = new Map<number, string>([
    [EXIT.interrupted, 'the run was interrupted'],
    [EXIT.timeBudget, 'the time budget was over'],
    [EXIT.targetNotReady, 'the target never became ready'],
  ]).get(exitCode);
  const reason = `not run: ${why ?? 'the run ended'}`;
  return { ...unjudged(job), verdict: 'inconclusive', reason, isNotRun: true, exitCode };
}

function unjudged({ scenario, repeat }: Job): Omit<ScenarioResult, 'verdict' | 'exitCode'> {
  return {
    id: scenario.id,
    title: scenario.title,
    durationMs: 0,
    findings: [],
    receipts: [],
    operations: { total: 0, ok: 0, fail: 0, info: 0, exposed: 0 },
    checks: [],
    requirements: scenario.requirements,
    repeat,
  };
}
