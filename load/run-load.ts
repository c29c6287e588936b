/**
 * A load run from beginning to end: fixtures, proxies and target are started, the real k6 sends its
 * users, faults strike one of the two upstreams meanwhile, and afterwards the ledgers are joined
 * with what the users saw.
 */

import { mkdir } from 'node:fs/promises';
import { CLOSED_RESOURCE_TEXTS } from '../harness/checks/no-closed-resource-error.ts';
import { HarnessError, OwnError } from '../harness/errors.ts';
import { ToxiproxyServer } from '../harness/fault/toxiproxy.ts';
import { COUNTER_TOOLS } from '../harness/fixture/counter-tools.ts';
import { nowMs } from '../harness/lifecycle/clock.ts';
import { until } from '../harness/lifecycle/deadline.ts';
import { randomFrom } from '../harness/random.ts';
import { totalsOf } from '../harness/report/all-results.ts';
import { EXIT } from '../harness/report/exit-codes.ts';
import { NoiseMeter } from '../harness/run/noise.ts';
import type { ScenarioResult } from '../harness/run/result.ts';
import { suiteVersion } from '../harness/suite-version.ts';
import type { TargetPlan } from '../harness/target/target.ts';
import type { FoundTool } from '../harness/tools/found-tool.ts';
import { CpuWait } from './cpu-wait.ts';
import { planBursts, type FaultMix } from './fault-bursts.ts';
import { injectBursts } from './fault-injector.ts';
import { judgeLoad } from './judge.ts';
import { k6Files, runK6, type K6Outcome, type K6Settings } from './k6-run.ts';
import type { LoadEvidence } from './load-evidence.ts';
import { LoadLanes } from './load-lanes.ts';
import { LoadProgress } from './load-progress.ts';
import { asScenario, loadReport, type LoadOutcome, type LoadResult } from './load-result.ts';
import type { LoadProfile } from './profiles.ts';

export interface LoadOptions {
  readonly plan: TargetPlan;
  /** With the user's overrides applied: see `adjusted`. */
  readonly profile: LoadProfile;
  readonly faults: FaultMix;
  readonly seed: number;
  /** The folder of ledgers, k6's files and the reports; made if it is missing. */
  readonly out: string;
  /** The command that repeats this run. */
  readonly command: string;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

export interface LoadDeps {
  readonly k6: FoundTool;
  readonly toxiproxy: FoundTool;
  /** A line for people, every few seconds. */
  progress(line: string): void;
}

/** From k6's start to its first increment. */
const FIRST_CALL_TIMEOUT_MS = 60_000;

/**
 * @throws {TargetNotReadyError} if the target does not start.
 * @throws {OwnError} if k6 or Toxiproxy cannot do their work.
 */
export async function runLoad(options: LoadOptions, deps: LoadDeps): Promise<LoadResult> {
  const { plan, profile, faults, seed, out, command } = options;
  const startedAt = new Date();
  const startMs = nowMs();
  await mkdir(out, { recursive: true });
  const { sessions } = plan.claims;
  const refusal = sessions === 'per-client' ? undefined : `the target claims ${sessions} sessions`;
  const outcome = refusal === undefined ? await carryOut(options, deps) : undefined;
  const durationMs = nowMs() - startMs;
  const scenario =
    outcome === undefined
      ? notApplicable(profile, refusal ?? '')
      : asScenario(profile, outcome, durationMs);
  return {
    suite: { version: suiteVersion() },
    target: { name: plan.name, version: plan.version },
    seed,
    command,
    startedAt: startedAt.toISOString(),
    durationMs,
    exitCode: scenario.exitCode,
    totals: totalsOf([scenario]),
    scenarios: [scenario],
    perRun: [],
    tools: [deps.k6, deps.toxiproxy].map(({ name, version, how }) => ({ name, version, how })),
    out,
    load:
      outcome === undefined
        ? {
            profile,
            faults,
            verdict: 'not-applicable',
            reasons: [refusal ?? ''],
            metrics: {},
            details: [],
          }
        : loadReport(profile, faults, outcome),
  };
}

async function carryOut(options: LoadOptions, deps: LoadDeps): Promise<LoadOutcome> {
  const { plan, profile, faults, seed, out, signal } = options;
  await plan.prepare(signal, (line) => deps.progress(line));
  await using toxiproxy = await ToxiproxyServer.start(deps.toxiproxy, signal);
  deps.progress(`starting ${plan.name}`);
  await using lanes = await LoadLanes.open({ plan, toxiproxy, seed, ledgerDir: out, signal });
  let k6: K6Outcome | undefined;
  let trouble: string | undefined;
  const loadStartMs = nowMs();
  const cpuWait = await CpuWait.start(lanes.targetPids);
  using noise = new NoiseMeter(() => lanes.struck.fixture.stats());
  try {
    k6 = await underLoad(options, deps, lanes);
  } catch (error) {
    signal.throwIfAborted();
    // What died explains what failed; only where nothing died is it our own exception.
    trouble = lanes.lostInstrument();
    if (trouble === undefined && lanes.deaths(loadStartMs).length === 0) {
      if (!isLost(error)) throw error;
      trouble = (error as Error).message;
    }
  }
  trouble ??= lanes.lostInstrument();
  const deaths = lanes.deaths(loadStartMs);
  // Before the ledgers are read: that keeps our own event loop busy.
  const noisy = noise.read();
  const cpuWaitShare = await cpuWait.share();
  const evidence: LoadEvidence = {
    users: profile.users,
    lives: profile.lives,
    faults,
    sharesEndpoint: lanes.groups.some(({ several }) => several),
    lines: k6?.lines ?? [],
    ledger: trouble === undefined ? await lanes.ledger(signal) : [],
    receipts: lanes.receipts,
    claims: plan.claims,
    noise: noisy,
    cpuWaitShare,
    deaths,
    requestTimeoutMs: profile.requestTimeoutMs,
    clock: k6?.clock ?? { offsetMs: 0, uncertaintyMs: 0 },
    ...(trouble !== undefined && { trouble }),
  };
  return {
    judgement: judgeLoad(evidence),
    evidence,
    ...(k6 !== undefined && { k6 }),
    targetLog: lanes.targetLog(),
  };
}

/** k6 and the faults, side by side; whichever fails first ends the other. */
async function underLoad(
  options: LoadOptions,
  deps: LoadDeps,
  lanes: LoadLanes,
): Promise<K6Outcome> {
  const { profile, out, signal } = options;
  const { users, durationMs } = profile;
  deps.progress(`k6 sends ${users} users for ${Math.round(durationMs / 1000)} s`);
  const running = new AbortController();
  const stop = (): void => running.abort(signal.reason);
  signal.addEventListener('abort', stop);
  const k6 = runK6(deps.k6, k6Settings(options, lanes), out, running.signal);
  const striking = strikeMeanwhile(options, deps, lanes, { ended: k6, signal: running.signal });
  try {
    const [outcome] = await Promise.all([k6, striking]);
    return outcome;
  } finally {
    running.abort(new Error('the load is over'));
    signal.removeEventListener('abort', stop);
    await Promise.allSettled([k6, striking]);
  }
}

async function strikeMeanwhile(
  { profile, faults, seed, out }: LoadOptions,
  deps: LoadDeps,
  lanes: LoadLanes,
  { ended, signal }: { readonly ended: Promise<unknown>; readonly signal: AbortSignal },
): Promise<void> {
  await firstCall(lanes, signal);
  const progress = new LoadProgress(
    {
      upstreams: lanes.upstreams,
      consoleFile: k6Files(out).console,
      durationMs: profile.durationMs,
      receipts: () => lanes.receipts,
    },
    (line) => deps.progress(line),
  );
  const bursts = planBursts(faults, profile, randomFrom(seed).fork('load/faults'));
  try {
    await injectBursts(lanes.struck, bursts, signal);
    await ended;
  } finally {
    progress.stop();
  }
}

/** The plan of faults begins with the first increment, however long k6 took to start. */
async function firstCall(lanes: LoadLanes, signal: AbortSignal): Promise<void> {
  const before = await applied(lanes);
  await until(
    FIRST_CALL_TIMEOUT_MS,
    'the first increment of a user',
    async () => (await applied(lanes)) > before,
    signal,
  );
}

async function applied({ upstreams }: LoadLanes): Promise<number> {
  const stats = await Promise.all(upstreams.map(({ fixture }) => fixture.stats()));
  return stats.reduce((sum, one) => sum + one.applied, 0);
}

function k6Settings({ profile, plan, seed }: LoadOptions, lanes: LoadLanes): K6Settings {
  const { name: _name, title: _title, ...times } = profile;
  return {
    ...times,
    groups: lanes.groups,
    seed,
    lossMayBeSilent: plan.claims.loss === 'silent',
    tools: COUNTER_TOOLS,
    closedResourceTexts: CLOSED_RESOURCE_TEXTS,
  };
}

function isLost(error: unknown): boolean {
  return (
    error instanceof HarnessError &&
    !(error instanceof OwnError) &&
    error.exitCode === EXIT.inconclusive
  );
}

function notApplicable(profile: LoadProfile, reason: string): ScenarioResult {
  return {
    id: `load/${profile.name}`,
    title: profile.title,
    verdict: 'not-applicable',
    reason,
    exitCode: EXIT.inconclusive,
    durationMs: 0,
    findings: [],
    receipts: [],
    operations: { total: 0, ok: 0, fail: 0, info: 0, exposed: 0 },
    checks: [],
    requirements: [],
    repeat: 0,
  };
}
