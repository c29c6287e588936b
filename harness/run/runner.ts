/** Runs scenarios on lanes: plan, run, judge. Reports are written by whoever called. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnError, TargetNotReadyError } from '../errors.ts';
import { ToxiproxyServer } from '../fault/toxiproxy.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { EXIT } from '../report/exit-codes.ts';
import { suiteVersion } from '../suite-version.ts';
import { findTool } from '../tools/find-tool.ts';
import { environmentNow } from './environment.ts';
import { INSTRUMENT, type Instrument } from './instrument.ts';
import { JobQueue, type JobSource } from './job-queue.ts';
import { joinLate } from './late-join.ts';
import type { Lane } from './lane.ts';
import { LaneHolder, type LaneHolderOptions } from './lane-holder.ts';
import { ControlArm } from './control-arm.ts';
import type { RunEvents, RunOptions } from './run-options.ts';
import { summarise } from './run-summary.ts';
import { OpPrefixes } from './op-prefixes.ts';
import { runScenario, type Finished, type Job, type RunContext } from './run-scenario.ts';
import type { RunResult, ScenarioResult, ToolUsed } from './result.ts';
import { Stopwatch } from './stopwatch.ts';
import { failedAround, notApplicable, notRun, whyNotApplicable } from './unjudged.ts';

/**
 * Runs everything that was selected and returns what was found, also when the run is interrupted,
 * out of time, or when the target never becomes ready: what was recorded by then is in the result.
 * @throws {OwnError} if Toxiproxy cannot be had at all.
 */
export async function runScenarios(
  options: RunOptions,
  events: RunEvents,
  instrument: Instrument = INSTRUMENT,
): Promise<RunResult> {
  const startedAt = new Date().toISOString();
  const startMs = nowMs();
  const { signal } = options;
  const found = await findTool('toxiproxy', { progress: events.note, signal });
  await options.plan.prepare(signal, events.note);
  const tools: readonly ToolUsed[] = [found].map(({ name, version, how }) => ({
    name,
    version,
    how,
  }));
  const { plan, seed, out, command } = options;
  const suite = { version: suiteVersion() };
  const target = { name: plan.name, version: plan.version };
  const context: RunContext = {
    plan,
    seed,
    out,
    signal,
    instrument,
    stopwatch: new Stopwatch(),
    opPrefixes: new OpPrefixes(),
    provenance: { suite, target, seed, startedAt, command, tools, environment: environmentNow() },
    keepsPasses: options.source === undefined,
    secrets: options.secrets ?? new Set(),
  };
  await using toxiproxy = await ToxiproxyServer.start(found, signal);
  const run = new Run(options, context, events, toxiproxy);
  const outcome = await run.toEnd();
  const durationMs = Math.round(nowMs() - startMs);
  return summarise({ options, suite, target, startedAt, durationMs, tools, ...outcome });
}

interface Outcome {
  readonly results: readonly ScenarioResult[];
  /** Codes that belong to the run and to no scenario. */
  readonly codes: readonly number[];
  readonly timings: Readonly<Record<string, number>>;
}

/** One run in progress: the queue, the workers with their lanes, and what came out so far. */
class Run {
  readonly #options: RunOptions;
  readonly #context: RunContext;
  readonly #events: RunEvents;
  readonly #toxiproxy: ToxiproxyServer;
  readonly #queue: JobSource;
  readonly #finished: Finished[] = [];
  readonly #unjudged: ScenarioResult[] = [];
  /** Of jobs that were drawn, finished too long ago for the late join. */
  readonly #past: ScenarioResult[] = [];
  /** Begun, and cut short. */
  readonly #cut: Job[] = [];
  readonly #codes = new Set<number>();
  /** Aborted by the user or when the budget is over: whatever is being started or run is cut short. */
  readonly #ending = new AbortController();
  #laneIndex = 0;
  #isUnkeptTold = false;
  #done = 0;

  constructor(
    options: RunOptions,
    context: RunContext,
    events: RunEvents,
    toxiproxy: ToxiproxyServer,
  ) {
    this.#options = options;
    this.#context = context;
    this.#events = events;
    this.#toxiproxy = toxiproxy;
    this.#queue = options.source ?? new JobQueue(options);
  }

  async toEnd(): Promise<Outcome> {
    const ledgerDir = await this.#ledgerFolder();
    this.#events.started(this.#queue.total);
    const timer = this.#startBudget();
    const interrupt = (): void => this.#ending.abort(this.#options.signal.reason);
    if (this.#options.signal.aborted) interrupt();
    this.#options.signal.addEventListener('abort', interrupt);
    const laneOptions = this.#laneOptions(ledgerDir);
    const holders = Array.from({ length: this.#options.jobs }, () => new LaneHolder(laneOptions));
    try {
      await Promise.all(holders.map((holder) => this.#work(holder, laneOptions)));
      clearTimeout(timer);
      this.#leaveOutTheRest();
      const finished = await this.#joinedLate(holders);
      for (const one of finished) this.#tellUnkept(one);
      await this.#close(holders);
      const results = [...this.#past, ...finished.map(({ result }) => result), ...this.#unjudged];
      return { results, codes: [...this.#codes], timings: this.#context.stopwatch.read() };
    } finally {
      clearTimeout(timer);
      this.#options.signal.removeEventListener('abort', interrupt);
      await this.#close(holders);
    }
  }

  async #ledgerFolder(): Promise<string> {
    const folder = join(this.#options.out, 'ledgers');
    try {
      await mkdir(folder, { recursive: true });
      return folder;
    } catch (cause) {
      const why = (cause as Error).message;
      throw new OwnError(`the ledgers cannot be written (${why}): ${ELSEWHERE}`, { cause });
    }
  }

  /** What was judged is kept, whatever goes wrong with the last look at the ledgers. */
  async #joinedLate(holders: readonly LaneHolder[]): Promise<readonly Finished[]> {
    try {
      return await this.#context.stopwatch.time('lateJoin', async () => {
        const ledgers = await Promise.all(holders.map((holder) => holder.ledgers()));
        return joinLate(this.#finished, ledgers.flat(), this.#context);
      });
    } catch (error) {
      this.#ownFailure('the last join with the ledgers', error);
      return this.#finished;
    }
  }

  async #work(holder: LaneHolder, laneOptions: LaneHolderOptions): Promise<void> {
    await using control = new ControlArm(laneOptions, (error) =>
      this.#ownFailure('the control arm', error),
    );
    for (;;) {
      if (this.#options.signal.aborted) this.#codes.add(EXIT.interrupted);
      if (STOPPING.some((code) => this.#codes.has(code))) return;
      const job = await this.#queue.take(holder.key);
      if (job === undefined) return;
      const reason = whyNotApplicable(job.scenario, this.#options.plan);
      if (reason !== undefined) {
        this.#leaveOut(notApplicable(job, reason));
        continue;
      }
      try {
        const { stopwatch } = this.#context;
        const lane = await stopwatch.time('openLane', () => holder.laneFor(job.scenario));
        this.#queue.begin?.();
        const { signal } = this.#ending;
        const context = { ...this.#context, signal };
        const run = await runScenario(job, lane, context);
        const isWeighed = this.#options.controlArm === true && !signal.aborted;
        const finished = isWeighed ? await control.weigh(run, context) : run;
        // A scenario that was cut short proves nothing; one that had ended is kept.
        if (signal.aborted && finished.bundle.recorded.trouble !== undefined) {
          this.#cut.push(job);
          continue;
        }
        this.#keep(finished);
        this.#events.scenarioDone(finished.result, ++this.#done, this.#queue.total);
        this.#tellUnkept(finished);
        if (await isSpent(finished, lane)) await this.#throwAwayQuietly(holder);
      } catch (error) {
        if (this.#ending.signal.aborted) {
          this.#cut.push(job);
          continue;
        }
        this.#leaveOut(failedAround(job, error));
        // Whatever is wrong with the target's start will be wrong for every other scenario.
        if (error instanceof TargetNotReadyError) this.#codes.add(EXIT.targetNotReady);
        await this.#throwAwayQuietly(holder);
      }
    }
  }

  #laneOptions(ledgerDir: string): LaneHolderOptions {
    const { plan, seed } = this.#options;
    return {
      plan,
      seed,
      signal: this.#ending.signal,
      ledgerDir,
      toxiproxy: this.#toxiproxy,
      instrument: this.#context.instrument,
      nextIndex: () => this.#laneIndex++,
    };
  }

  /** What was chosen and not run is in the results too: a report that leaves it out reads as green. */
  #leaveOutTheRest(): void {
    const code = STOPPING.find((one) => this.#codes.has(one));
    if (code === undefined) return;
    for (const job of [...this.#cut, ...this.#queue.rest()]) {
      this.#unjudged.push(notRun(job, code));
    }
  }

  /** What is drawn without end is not kept without end. */
  #keep(finished: Finished): void {
    this.#finished.push(finished);
    if (this.#options.source === undefined || this.#finished.length <= LATE_MAX) return;
    const oldest = this.#finished.shift();
    if (oldest !== undefined) this.#past.push(oldest.result);
  }

  /** Of a full disk once. */
  #tellUnkept({ unkept }: Finished): void {
    if (unkept === undefined || this.#isUnkeptTold) return;
    this.#isUnkeptTold = true;
    this.#codes.add(EXIT.ownError);
    this.#events.note(`the evidence cannot be written (${unkept}): ${ELSEWHERE}`);
  }

  #leaveOut(result: ScenarioResult): void {
    this.#queue.begin?.();
    this.#unjudged.push(result);
    this.#events.scenarioDone(result, ++this.#done, this.#queue.total);
  }

  #startBudget(): NodeJS.Timeout | undefined {
    const { timeBudgetMs } = this.#options;
    if (timeBudgetMs === undefined) return undefined;
    return setTimeout(() => {
      this.#codes.add(EXIT.timeBudget);
      this.#ending.abort(new Error('the time budget is over'));
    }, timeBudgetMs);
  }

  /** A leak of ours is our bug, whatever the scenarios said. */
  async #close(holders: readonly LaneHolder[]): Promise<void> {
    for (const holder of holders) await this.#throwAwayQuietly(holder);
  }

  async #throwAwayQuietly(holder: LaneHolder): Promise<void> {
    try {
      await this.#context.stopwatch.time('closeLane', () => holder.throwAway());
    } catch (error) {
      this.#ownFailure('teardown', error);
    }
  }

  #ownFailure(what: string, error: unknown): void {
    this.#codes.add(error instanceof OwnError ? error.exitCode : EXIT.ownError);
    const why = error instanceof Error ? error.message : String(error);
    this.#events.note(`${what} failed: ${why}`);
  }
}

const ELSEWHERE = 'make room there, or say another folder with --out';

/** Of jobs that are drawn, how many of the last ones late applications are looked for. */
const LATE_MAX = 200;

/** Codes after which no further scenario is begun. */
const STOPPING: readonly number[] = [EXIT.interrupted, EXIT.timeBudget, EXIT.targetNotReady];

/**
 * A lane is used again only after a scenario that left nothing behind: what a target did wrong in
 * one scenario, or still holds in flight, must not be found again in the next.
 */
async function isSpent({ job, result }: Finished, lane: Lane): Promise<boolean> {
  if (job.scenario.spendsLane === true || result.verdict !== 'pass') return true;
  return (await lane.inFlight()) > 0;
}
