/** One scenario on one lane: act, record, heal, judge, write the bundle. */

import { join } from 'node:path';
import { HarnessError, OwnError } from '../errors.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { Deadline, DeadlineExceededError, until } from '../lifecycle/deadline.ts';
import { randomFrom } from '../random.ts';
import { EXIT } from '../report/exit-codes.ts';
import { redactorOf } from '../report/redact.ts';
import type { TargetPlan } from '../target/target.ts';
import type { Bundle, Provenance } from './bundle.ts';
import type { Instrument } from './instrument.ts';
import { judge } from './judge.ts';
import type { Lane } from './lane.ts';
import { LiveStage } from './live-stage.ts';
import { noteDeath } from './note-death.ts';
import { NoiseMeter } from './noise.ts';
import type { OpPrefixes } from './op-prefixes.ts';
import { judgeRedacted } from './redact-bundle.ts';
import type { Recorded, Trouble } from './recorded.ts';
import type { ScenarioResult } from './result.ts';
import type { Scenario } from './scenario.ts';
import type { Stopwatch } from './stopwatch.ts';
import { writeBundle } from './write-bundle.ts';

const DEADLINE_MS = 30_000;
/** How long calls that are still executing upstream may take to write themselves into the ledger. */
const DRAIN_MS = 3_000;
/** Lines of the target's own log that a result carries; the bundle has all that were kept. */
const LOG_TAIL = 12;

export interface Job {
  readonly scenario: Scenario;
  readonly repeat: number;
  /** Unique in the run. */
  readonly number: number;
}

export interface RunContext {
  readonly plan: TargetPlan;
  readonly seed: number;
  readonly out: string;
  readonly signal: AbortSignal;
  readonly instrument: Instrument;
  readonly stopwatch: Stopwatch;
  readonly opPrefixes: OpPrefixes;
  readonly provenance: Omit<Provenance, 'title' | 'requirements' | 'repeat' | 'durationMs'>;
  /** False: only what did not pass leaves a bundle. What was drawn can be drawn again, and there is no end of it. */
  readonly keepsPasses?: boolean;
  /** Credentials that were sent to targets of this run: they appear in nothing that is written. */
  readonly secrets: Set<string>;
}

/** What is kept of a finished scenario until the run's end, for the late join. */
export interface Finished {
  readonly job: Job;
  readonly result: ScenarioResult;
  readonly bundle: Bundle;
  readonly opPrefix: string;
  /** The lane that it ran on. */
  readonly lane: number;
  /** Why its bundle could not be written; what was judged stands all the same. */
  readonly unkept?: string;
}

export async function runScenario(job: Job, lane: Lane, context: RunContext): Promise<Finished> {
  const startMs = nowMs();
  const opPrefix = context.opPrefixes.issue(job.number);
  const { recorded, targetLog } = await act(job, lane, context, opPrefix);
  const provenance: Provenance = {
    ...context.provenance,
    title: job.scenario.title,
    requirements: job.scenario.requirements,
    repeat: job.repeat,
    durationMs: Math.round(nowMs() - startMs),
  };
  return context.stopwatch.time('judge', () =>
    conclude({ job, opPrefix, lane: lane.index, recorded, targetLog, provenance }, context),
  );
}

/** Judges and writes the bundle; called again where late applications came to light. */
export async function conclude(
  run: Pick<Finished, 'job' | 'opPrefix' | 'lane'> & {
    readonly recorded: Recorded;
    readonly targetLog: readonly string[];
    readonly provenance: Provenance;
  },
  context: RunContext,
): Promise<Finished> {
  const { job, opPrefix, lane, targetLog, provenance } = run;
  const { scenario, repeat } = job;
  const redactor = redactorOf(context.secrets);
  const checks = context.instrument.checksNamed(run.recorded.checks);
  const { recorded, judged } = judgeRedacted(run.recorded, redactor, (one) => judge(one, checks));
  const { schedule } = scenario;
  const bundle: Bundle = {
    provenance,
    recorded,
    judged,
    targetLog,
    ...(schedule !== undefined && { schedule }),
  };
  const name = `${scenario.id.replaceAll('/', '--')}${repeat === 0 ? '' : `.${repeat}`}`;
  const directory = join(context.out, 'bundles', name);
  const isKept = context.keepsPasses !== false || judged.verdict !== 'pass';
  const unkept = isKept ? await whyUnkept(writeBundle(directory, bundle, redactor)) : undefined;
  const result: ScenarioResult = {
    id: scenario.id,
    title: scenario.title,
    ...judged,
    durationMs: provenance.durationMs,
    ...(isKept && unkept === undefined && { bundle: directory }),
    requirements: scenario.requirements,
    ...(judged.verdict !== 'pass' && { targetLog: targetLog.slice(-LOG_TAIL) }),
    repeat,
  };
  return { job, result, bundle, opPrefix, lane, ...(unkept !== undefined && { unkept }) };
}

async function whyUnkept(writing: Promise<void>): Promise<string | undefined> {
  try {
    await writing;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function act(
  job: Job,
  lane: Lane,
  context: RunContext,
  opPrefix: string,
): Promise<{ readonly recorded: Recorded; readonly targetLog: readonly string[] }> {
  const { scenario } = job;
  const { plan, instrument, stopwatch } = context;
  const recorder = instrument.newRecorder();
  const startMs = nowMs();
  for (const user of plan.users.length > 0 ? plan.users : [undefined]) {
    for (const value of Object.values(lane.target.headersOf(user))) context.secrets.add(value);
  }
  const visit = await lane.begin(instrument.strikeNetwork);
  const deadlineMs = scenario.deadlineMs ?? DEADLINE_MS;
  using deadline = new Deadline(deadlineMs, `the scenario ${scenario.id}`, context.signal);
  using noise = new NoiseMeter(() => visit.probe());
  const stage = new LiveStage({
    lane,
    recorder,
    random: randomFrom(context.seed, `${scenario.id}/${job.repeat}`),
    claims: plan.claims,
    users: plan.users,
    upstreams: Object.keys(scenario.upstreams),
    signal: deadline.signal,
    opPrefix,
    upstream: (name, aim) => visit.upstream(name, aim),
    receipts: () => visit.receipts(),
  });
  let trouble = await troubleOf(
    stopwatch.time('act', () => deadline.race(scenario.run(stage))),
    scenario.id,
  );
  const unhealed = await troubleOf(
    stopwatch.time('heal', () => visit.heal()),
    scenario.id,
  );
  trouble ??= unhealed;
  if (!scenario.spendsLane) await stopwatch.time('drain', () => drain(lane, context.signal));
  await noteDeath(lane.target, recorder, startMs, context.signal);
  const [events, issued, receipts] = [[...recorder.events], recorder.issued, visit.receipts()];
  const measured = noise.read();
  const ledger = await visit.ledger();
  // What died explains what failed, a wait in vain among it.
  trouble = lostInstrument(lane) ?? trouble;
  await stage.close();
  const recorded: Recorded = {
    scenario: scenario.id,
    claims: plan.claims,
    checks: scenario.checks.map((check) => check.id),
    operationsMin: scenario.operationsMin ?? 1,
    ...(scenario.schedule !== undefined && { isGenerated: true as const }),
    events,
    issued,
    ledger: context.opPrefixes.withoutOthers(ledger, opPrefix),
    receipts,
    noise: measured,
    ...(trouble !== undefined && { trouble }),
  };
  return { recorded, targetLog: lane.target.log() };
}

/** Waits until nothing executes upstream; what a fault left hanging is found by the run's late join. */
async function drain(lane: Lane, signal: AbortSignal): Promise<void> {
  const isIdle = async (): Promise<boolean> => (await lane.inFlight()) === 0;
  await until(DRAIN_MS, 'the fixtures to be idle', isIdle, signal).catch(() => undefined);
}

function lostInstrument(lane: Lane): Trouble | undefined {
  const lost = lane.lostInstrument();
  if (lost === undefined) return undefined;
  return { message: lost, exitCode: EXIT.inconclusive, voidsFindings: true };
}

async function troubleOf(work: Promise<unknown>, id: string): Promise<Trouble | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return asTrouble(error, id);
  }
}

function asTrouble(error: unknown, id: string): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DeadlineExceededError) {
    return { message, exitCode: EXIT.inconclusive, voidsFindings: false };
  }
  if (error instanceof HarnessError) {
    return { message, exitCode: error.exitCode, voidsFindings: true };
  }
  const own = new OwnError(`the scenario ${id} threw: ${message}`, { cause: error });
  return { message: own.message, exitCode: own.exitCode, voidsFindings: true };
}
