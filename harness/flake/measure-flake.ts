/**
 * The flake measure: scenarios against a target that keeps its word, again and again, until each was
 * run as often as asked. A round is a run of its own, about as long as the default suite, with its
 * own seed: what it recorded is judged, counted and forgotten when it ends, so that ten thousand runs
 * need no more memory than thirty.
 */

import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UsageError } from '../errors.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { randomFrom } from '../random.ts';
import { allResults } from '../report/all-results.ts';
import { EXIT } from '../report/exit-codes.ts';
import { machineText } from '../report/machine-text.ts';
import { ownNames } from '../report/own-names.ts';
import type { Redactor } from '../report/redact.ts';
import type { RunOptions } from '../run/run-options.ts';
import type { RunResult, ScenarioResult } from '../run/result.ts';
import { runScenarios } from '../run/runner.ts';
import type { Scenario } from '../run/scenario.ts';
import { CpuStress } from './cpu-stress.ts';
import { dueScenarios, reached, type Due } from './due-scenarios.ts';
import type { FlakeAlarm, FlakeRound } from './flake-round.ts';
import type { FlakeState } from './flake-state.ts';
import { sourcesDigest } from './sources-digest.ts';

/** Runs in a round, where there are fewer scenarios than that: lanes are shared as in the default suite. */
const ROUND_RUNS = 30;
const SEED_MAX = 2 ** 31 - 1;

export interface FlakeOptions extends Pick<
  RunOptions,
  'plan' | 'jobs' | 'signal' | 'timeBudgetMs' | 'out'
> {
  /** Those that apply to the target. */
  readonly scenarios: readonly Scenario[];
  /** How often each is to be judged, what the state holds already included. */
  readonly runs: number;
  readonly secrets: Set<string>;
  readonly redactor: Redactor;
  /** The command that runs a round by itself: its bundles are replayed with it. */
  readonly commandOf: (round: { readonly seed: number; readonly repeat: number }) => string;
}

export interface FlakeEvents {
  /** @param reached judged runs of the scenarios asked for, of `goal`. */
  readonly roundDone: (round: FlakeRound, reached: number, goal: number) => void;
  readonly note: (line: string) => void;
}

/**
 * Adds rounds to the state until every scenario was run often enough.
 * @returns why it ended before that: 124, 130 or 69; 0 if it did not.
 */
export async function measureFlake(
  options: FlakeOptions,
  state: FlakeState,
  events: FlakeEvents,
): Promise<number> {
  const { signal, runs, timeBudgetMs = Infinity } = options;
  const endMs = nowMs() + timeBudgetMs;
  if (dueScenarios(options, state).length === 0) return EXIT.ok;
  await using owned = new AsyncDisposableStack();
  if (state.subject.load === 'stress') owned.use(await CpuStress.start());
  let longestMs = 0;
  for (;;) {
    const due = dueScenarios(options, state);
    if (due.length === 0) return EXIT.ok;
    if (signal.aborted) return EXIT.interrupted;
    const leftMs = endMs - nowMs();
    // What is cut short is not counted, and what hangs is cut more often than the rest.
    if (leftMs < Math.max(1, longestMs)) return EXIT.timeBudget;
    const plan = { ...roundPlan(options, state, due), leftMs };
    const made = await runRound(options, plan, events.note).catch(async (error: unknown) => {
      if (signal.aborted) return undefined;
      // What failed although it had worked before is a failure that counts; a missing tool is none.
      if (longestMs > 0) {
        await sameSources(state);
        await state.append(failedRound(options, plan, error));
      }
      throw error;
    });
    if (made === undefined) return EXIT.interrupted;
    const { round, provesNothing } = made;
    longestMs = Math.max(longestMs, round.durationMs);
    if (provesNothing === undefined) {
      await sameSources(state);
      await state.append(round);
      events.roundDone(round, reached(options, state), options.scenarios.length * runs);
    } else if (!signal.aborted && nowMs() < endMs) {
      events.note(`a round proved nothing, and so would all others: ${round.alarms[0]?.why ?? ''}`);
      return provesNothing;
    }
  }
}

/** Gateways and fixtures are started anew in every round, from whatever is on the disk by then. */
async function sameSources({ subject, file }: FlakeState): Promise<void> {
  if ((await sourcesDigest()) === subject.sources) return;
  throw new UsageError(
    `the sources of the suite were changed while it was measured: ${file} keeps what was run before, this round is not counted`,
  );
}

interface RoundPlan {
  readonly scenarios: readonly Scenario[];
  readonly number: number;
  readonly seed: number;
  readonly repeat: number;
  readonly out: string;
  readonly leftMs: number;
}

function roundPlan(
  { out }: FlakeOptions,
  { rounds, subject }: FlakeState,
  due: readonly Due[],
): Omit<RoundPlan, 'leftMs'> {
  const number = rounds.length;
  const fewest = Math.min(...due.map(({ times }) => times));
  return {
    scenarios: due.map(({ scenario }) => scenario),
    number,
    seed: randomFrom(subject.seed, `round/${number}`).int(0, SEED_MAX),
    repeat: Math.max(1, Math.min(fewest, Math.floor(ROUND_RUNS / due.length))),
    out: join(out, 'rounds', `${subject.load}-${number}`),
  };
}

/** One in which the suite itself failed before anything was judged. */
function failedRound(
  { jobs, redactor }: FlakeOptions,
  { number, seed }: RoundPlan,
  error: unknown,
): FlakeRound {
  return redactor.value({
    round: number,
    seed,
    jobs,
    startedAt: new Date().toISOString(),
    durationMs: 0,
    machine: machineText(),
    passed: {},
    alarms: [],
    troubles: [error instanceof Error ? error.message : String(error)],
  });
}

async function runRound(
  options: FlakeOptions,
  { scenarios, number, seed, repeat, out, leftMs }: RoundPlan,
  note: (line: string) => void,
): Promise<{ readonly round: FlakeRound; readonly provesNothing: number | undefined }> {
  const { plan, jobs, signal, secrets, redactor } = options;
  // A round that was killed has left what it had written by then.
  await rm(out, { recursive: true, force: true });
  const notes: string[] = [];
  const run = await runScenarios(
    {
      scenarios,
      plan,
      seed,
      repeat,
      jobs,
      out,
      signal,
      secrets,
      command: options.commandOf({ seed, repeat }),
      ...(leftMs < Infinity && { timeBudgetMs: leftMs }),
    },
    {
      started: () => undefined,
      scenarioDone: () => undefined,
      note: (line) => {
        notes.push(line);
        note(line);
      },
    },
  );
  await keepAlarmsOnly(run);
  const judged = allResults(run).filter((one) => one.isNotRun !== true);
  const alarms = judged.filter(isAlarm).map((one) => alarmOf(one, options.out));
  const isOurs = run.exitCode === EXIT.ownError && !alarms.some(({ ownError }) => ownError);
  const round: FlakeRound = {
    round: number,
    seed,
    jobs,
    startedAt: run.startedAt,
    durationMs: run.durationMs,
    machine: machineText(),
    passed: passedIn(judged),
    alarms,
    troubles: isOurs ? [notes.at(-1) ?? 'the suite itself failed'] : [],
  };
  const isVain = judged.every(({ operations }) => operations.total === 0);
  const code = run.exitCode === EXIT.ok ? EXIT.inconclusive : run.exitCode;
  return {
    round: redactor.value(round, ownNames([round])),
    provesNothing: isVain ? code : undefined,
  };
}

function isAlarm({ verdict }: ScenarioResult): boolean {
  return verdict === 'fail' || verdict === 'inconclusive';
}

function alarmOf(result: ScenarioResult, out: string): FlakeAlarm {
  const { id, repeat, verdict, reason, findings, ownError = false, bundle } = result;
  const [first] = findings;
  const why = verdict === 'fail' ? first?.message : reason?.split('\n')[0];
  return {
    id,
    repeat,
    verdict: verdict === 'fail' ? 'fail' : 'inconclusive',
    why: why ?? 'no reason was given',
    checks: [...new Set(findings.map(({ check }) => check))],
    ownError,
    ...(bundle !== undefined && { bundle: relative(out, bundle) }),
  };
}

function passedIn(results: readonly ScenarioResult[]): FlakeRound['passed'] {
  const green = results.filter(({ verdict }) => verdict === 'pass');
  return Object.fromEntries(
    [...Map.groupBy(green, ({ id }) => id)].map(([id, of]) => [id, of.length]),
  );
}

/** Ten thousand green bundles are a gigabyte that nobody opens. */
async function keepAlarmsOnly(run: RunResult): Promise<void> {
  const results = allResults(run);
  if (!results.some(isAlarm)) return rm(run.out, { recursive: true, force: true });
  const green = results.filter((one) => !isAlarm(one)).map(({ bundle }) => bundle);
  const useless = [join(run.out, 'ledgers'), ...green.filter((bundle) => bundle !== undefined)];
  for (const folder of useless) await rm(folder, { recursive: true, force: true });
}
