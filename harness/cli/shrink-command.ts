/** `mcp-gauntlet shrink`: the smallest schedule that still shows what a bundle was convicted of. */

import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { durationText } from '../report/duration-text.ts';
import { EXIT, worstExitCode } from '../report/exit-codes.ts';
import type { Bundle } from '../run/bundle.ts';
import { readBundle } from '../run/read-bundle.ts';
import type { ScenarioResult } from '../run/result.ts';
import { runScenarios } from '../run/runner.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { scheduleSize } from '../schedule/schedule-size.ts';
import { keepByCatch } from '../shrink/by-catch.ts';
import { minimise, type Minimised } from '../shrink/minimise.ts';
import { ScheduleRuns } from '../shrink/schedule-runs.ts';
import { keepShrunk, reproductionOf } from '../shrink/shrunk-bundle.ts';
import { runsText } from '../shrink/repetition.ts';
import { StepsFolder } from '../shrink/steps-folder.ts';
import { symptomOf, type Symptom } from '../shrink/symptom.ts';
import { whyNotShown } from '../shrink/why-not-shown.ts';
import { planFor } from '../target/find-target.ts';
import { attempt, type Attempt, type Undertaking } from './attempt.ts';
import { commandLine } from './command-line.ts';
import { checkedDuration, durationMs } from './duration.ts';
import { Interruption } from './interruption.ts';
import { recordedTarget } from './recorded-target.ts';
import { ReportFiles } from './report-files.ts';
import { Reporting } from './reporting.ts';
import { requireRoom } from './shrink-room.ts';
import {
  addTargetOptions,
  isTargetGiven,
  targetChoiceOf,
  type TargetOptions,
} from './target-options.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

interface ShrinkOptions extends TargetOptions {
  readonly budget: string;
  readonly confirmations: number;
  readonly out?: string;
}

/** Once to show it again, once for a candidate, once to confirm. */
const RUNS_MIN = 3;

export function addShrinkCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('shrink')
    .summary('leave out of a failing schedule whatever is not needed')
    .description(
      'Runs the schedule of a failing bundle again, with more and more left out as long as it shows the same\n' +
        'finding, and writes a bundle of the smallest one, which says how often it does. The exit code is 1\n' +
        'when that finding or another was shown, and 2 when none was.',
    )
    .argument('<bundle>', 'the folder of a failing bundle of a storm');
  addTargetOptions(command)
    .option('--budget <t>', 'how long it may take, such as 90s or 5m', checkedDuration, '5m')
    .option(
      '--confirmations <n>',
      'how often what is left is run to count how often it fails, if there is time',
      wholeNumber(1, 100),
      10,
    )
    .option('--out <dir>', 'the folder of the bundles (default: a new one in .gauntlet)')
    .action(async (folder: string, options: ShrinkOptions) => {
      terminal.exitCode = await shrinkBundle(folder, options, terminal);
    });
}

async function shrinkBundle(
  folder: string,
  options: ShrinkOptions,
  terminal: Terminal,
): Promise<number> {
  using interruption = new Interruption(terminal);
  const bundle = await readBundle(folder);
  const what = whatToShrink(folder, bundle);
  await requireRoom(folder, options.out);
  const { budget, confirmations, out: _out, ...given } = options;
  const budgetMs = budgetOf(budget, bundle);
  const target = isTargetGiven(given) ? given : await recordedTarget(bundle);
  const plan = await planFor(targetChoiceOf(target));
  await using files = await ReportFiles.prepare(options, terminal.environment);
  await using steps = await StepsFolder.in(files.out);
  const { seed } = bundle.provenance;
  const command = commandLine(['shrink', folder], { ...target, budget, confirmations });
  const undertaking = { plan, seed, command, out: steps.path };
  const reporting = new Reporting(undertaking, files, terminal);
  const say = (line: string): void => reporting.console.note(line);
  const names = [...new Set(what.symptoms.map(({ name }) => name))].join(', ');
  say(`${bundle.recorded.scenario}: ${names}, ${scheduleSize(what.schedule)}`);
  const beganMs = nowMs();
  const { small, ended } = await search({
    ...what,
    budgetMs,
    confirmations,
    undertaking,
    name: bundle.recorded.scenario.replace(/^\w+\//, ''),
    secrets: reporting.secrets,
    signal: interruption.signal,
    say,
  });
  const took = durationText(nowMs() - beganMs);
  const isInterrupted = interruption.signal.aborted;
  if (small === undefined && ended.failure !== undefined && !isInterrupted) throw ended.failure;
  const byCatch = await keepByCatch(files.out, ended.run.scenarios, small?.symptom);
  for (const other of byCatch) say(`also found on the way: ${other}`);
  if (small === undefined) {
    const exitCode = worstExitCode([ended.run.exitCode, EXIT.inconclusive]);
    const why = isInterrupted
      ? `interrupted after ${took}: nothing was shrunk`
      : `nothing was shrunk: ${whyNotShown(ended.run.scenarios, what.symptoms)}`;
    say(`${why}, exit code ${exitCode}`);
    return exitCode;
  }
  const kept = await keepShrunk(files.out, basename(resolve(folder)), small, reporting.redactor);
  for (const line of summaryOf(small, kept)) say(line);
  const end = isInterrupted ? `interrupted after ${took}` : `in ${took}`;
  say(`the finding was shown again, ${end}, exit code ${EXIT.violation}`);
  return EXIT.violation;
}

interface Search {
  readonly schedule: Schedule;
  readonly symptoms: readonly [Symptom, ...Symptom[]];
  readonly confirmations: number;
  readonly budgetMs: number;
  readonly undertaking: Undertaking;
  readonly name: string;
  readonly secrets: Set<string>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Both at once: a run that waits for schedules on its lane, and the search that decides which. */
async function search({ undertaking, name, secrets, signal, say, ...what }: Search): Promise<{
  readonly small: Minimised<ScenarioResult> | undefined;
  readonly ended: Attempt;
}> {
  const source = new ScheduleRuns(name);
  const stop = (): void => source.end();
  signal.addEventListener('abort', stop);
  try {
    const running = attempt(undertaking, signal, () =>
      runScenarios(
        { ...undertaking, scenarios: [], source, repeat: 1, jobs: 1, secrets, signal },
        { started: () => {}, note: say, scenarioDone: (result) => source.done(result) },
      ),
    ).finally(stop);
    const run = (schedule: Schedule): Promise<ScenarioResult> => source.run(schedule);
    const { seed } = undertaking;
    const small = await minimise({ ...what, seed, run, nowMs, say, signal }).finally(stop);
    return { small, ended: await running };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** @throws {UsageError} if there is nothing to shrink in this bundle. */
function whatToShrink(folder: string, bundle: Bundle): Pick<Search, 'schedule' | 'symptoms'> {
  const { schedule, recorded, judged } = bundle;
  if (schedule === undefined) {
    throw new UsageError(
      `the bundle ${folder} holds no schedule: ${recorded.scenario} was written by hand, and only what "run storm" draws can be shrunk`,
    );
  }
  const [first, ...others] = judged.findings.map(symptomOf);
  if (first !== undefined) return { schedule, symptoms: [first, ...others] };
  throw new UsageError(
    `the bundle ${folder} has no finding to keep while its schedule shrinks: it was judged ${judged.verdict}`,
  );
}

/** @throws {UsageError} if the time is not enough for anything. */
function budgetOf(budget: string, { provenance }: Bundle): number {
  const budgetMs = durationMs(budget);
  const neededMs = RUNS_MIN * provenance.durationMs;
  if (budgetMs >= neededMs) return budgetMs;
  throw new UsageError(
    `--budget ${budget} is too small to do anything: one run of this schedule took ${durationText(provenance.durationMs)}, so give ${Math.ceil(neededMs / 1_000)}s or more`,
  );
}

function summaryOf(
  { schedule, symptom, after, isMinimal }: Minimised<ScenarioResult>,
  bundle: string,
): readonly string[] {
  const { attempts, wilson95 } = reproductionOf(after);
  const [low, high] = wilson95.map((rate) => Math.round(rate * 100));
  const end = isMinimal
    ? 'nothing more can be left out'
    : 'perhaps more can be left out: not everything could be tried and judged in time';
  return [
    `${scheduleSize(schedule)}: ${end}`,
    attempts + after.unjudged === 0
      ? 'there was no time to count how often it shows the finding'
      : `it shows ${symptom.name} in ${runsText(after)} (95 %: ${low} to ${high} %)`,
    `bundle: ${bundle}`,
  ];
}
