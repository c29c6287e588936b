/** What a load run found, as plain data in the shape of any other run, with the load's own part beside it. */

import type { Finding, Noise } from '../harness/checks/check.ts';
import { jsonReport } from '../harness/report/json.ts';
import { ownNames } from '../harness/report/own-names.ts';
import type { Redactor } from '../harness/report/redact.ts';
import { EXIT } from '../harness/report/exit-codes.ts';
import { powerOf } from '../harness/run/power.ts';
import type { RunResult, ScenarioResult, Verdict } from '../harness/run/result.ts';
import type { FaultMix } from './fault-bursts.ts';
import type { LoadCounts, LoadJudgement, LoadMetric, MetricName } from './judge.ts';
import type { K6Outcome, K6Summary } from './k6-run.ts';
import type { LoadEvidence } from './load-evidence.ts';
import type { LoadProfile } from './profiles.ts';

export interface LoadReport {
  readonly profile: LoadProfile;
  readonly faults: FaultMix;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** Each must be 0. */
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  readonly details: readonly LoadMetric[];
  readonly counts?: LoadCounts;
  /** How late our own machine was, in milliseconds. */
  readonly noise?: Noise;
  /** For which share of the run the target was ready and got no processor, from 0 to 1. */
  readonly cpuWaitShare?: number;
  /** Of answered increments as the users saw them, in milliseconds. */
  readonly latencyMs?: Readonly<Record<'med' | 'p95' | 'p99' | 'max', number>>;
  /** Answered increments a second. */
  readonly callsPerSecond?: number;
  readonly k6?: { readonly exitCode: number; readonly metrics: K6Summary };
  /** k6's self-contained report. */
  readonly dashboard?: string;
}

export interface LoadResult extends RunResult {
  readonly load: LoadReport;
}

/** All that a finished load run leaves to tell of. */
export interface LoadOutcome {
  readonly judgement: LoadJudgement;
  readonly evidence: LoadEvidence;
  readonly k6?: K6Outcome;
  readonly targetLog: readonly string[];
}

export function loadJson(result: LoadResult, redactor: Redactor): string {
  const document = JSON.parse(jsonReport(result, redactor)) as Record<string, unknown>;
  const load = redactor.value(result.load, ownNames([result.load]));
  return `${JSON.stringify({ ...document, load }, undefined, 2)}\n`;
}

export function loadReport(
  profile: LoadProfile,
  faults: FaultMix,
  { judgement, evidence, k6 }: LoadOutcome,
): LoadReport {
  const { verdict, reasons, metrics, counts } = judgement;
  const duration = k6?.summary['call_duration'];
  const statistic = (name: string): number => duration?.[name] ?? 0;
  return {
    profile,
    faults,
    verdict,
    reasons,
    metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    details: metrics,
    counts,
    noise: evidence.noise,
    cpuWaitShare: evidence.cpuWaitShare,
    ...(duration !== undefined && {
      latencyMs: {
        med: statistic('med'),
        p95: statistic('p(95)'),
        p99: statistic('p(99)'),
        max: statistic('max'),
      },
    }),
    ...(k6 !== undefined && {
      callsPerSecond: k6.summary['calls']?.['rate'] ?? 0,
      k6: { exitCode: k6.exitCode, metrics: k6.summary },
    }),
    ...(k6?.dashboard !== undefined && { dashboard: k6.dashboard }),
  };
}

const LOG_LINES_KEPT = 40;

/** The load run as the one scenario of its run. */
export function asScenario(
  profile: LoadProfile,
  { judgement, evidence, targetLog }: LoadOutcome,
  durationMs: number,
): ScenarioResult {
  const { verdict, reasons, metrics, counts } = judgement;
  const findings: readonly Finding[] = metrics
    .filter(({ value }) => value > 0)
    .map(({ name, requirement, value, examples }) => ({
      check: name,
      requirement,
      message: `${value} ${name.replaceAll('_', ' ')}, such as: ${examples[0] ?? ''}`,
      evidence: examples,
    }));
  return {
    id: `load/${profile.name}`,
    title: profile.title,
    verdict,
    ...(reasons.length > 0 && { reason: reasons.join('; ') }),
    exitCode: exitCodeOf(verdict),
    durationMs,
    findings,
    receipts: evidence.receipts,
    operations: {
      total: counts.calls,
      ok: counts.acknowledged,
      fail: 0,
      info: counts.unknown,
      exposed: counts.exposedCalls,
    },
    power: powerOf(counts.acknowledged, counts.unknown),
    checks: metrics.map(({ name, value }) => ({
      id: name,
      verdict: value > 0 ? 'fail' : 'pass',
      examined: counts.calls,
    })),
    requirements: metrics.map(({ requirement }) => requirement),
    ...(verdict !== 'pass' && { targetLog: targetLog.slice(-LOG_LINES_KEPT) }),
    repeat: 0,
  };
}

export function exitCodeOf(verdict: Verdict): number {
  if (verdict === 'pass') return EXIT.ok;
  return verdict === 'fail' ? EXIT.violation : EXIT.inconclusive;
}
