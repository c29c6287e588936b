/** `mcp-gauntlet flake`: how often is the suite wrong about a gateway that keeps its word? */

import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { HarnessError } from '../errors.ts';
import { flakeFigures, type FlakeFigures } from '../flake/flake-figures.ts';
import { FlakeState, type FlakeSubject } from '../flake/flake-state.ts';
import { measureFlake, type FlakeOptions } from '../flake/measure-flake.ts';
import { sourcesDigest } from '../flake/sources-digest.ts';
import { ConsoleReport } from '../report/console.ts';
import { EXIT, worstExitCode } from '../report/exit-codes.ts';
import { flakeText, roundText } from '../report/flake-text.ts';
import { redactorOf } from '../report/redact.ts';
import { reliabilityPage } from '../report/reliability-page.ts';
import { writeAtomically } from '../report/write-atomically.ts';
import type { Scenario } from '../run/scenario.ts';
import { whyNotApplicable } from '../run/unjudged.ts';
import { suiteVersion } from '../suite-version.ts';
import { planFor } from '../target/find-target.ts';
import type { TargetPlan } from '../target/target.ts';
import { loadCatalogue } from './catalogue.ts';
import { commandLine } from './command-line.ts';
import { checkedDuration, durationMs } from './duration.ts';
import { Interruption } from './interruption.ts';
import { freshSeed, parseSeed } from './seed.ts';
import { selectScenarios } from './select.ts';
import { addTargetOptions, targetChoiceOf, type TargetOptions } from './target-options.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';
import { writableFile, writableFolder } from './writable.ts';

interface FlakeCommandOptions extends TargetOptions {
  readonly runs: number;
  readonly stress?: boolean;
  readonly seed?: number;
  readonly jobs?: number;
  readonly timeBudget?: string;
  readonly report?: string;
  readonly out?: string;
}

const RUNS = 300;
const RUNS_MAX = 1_000_000;
const JOBS_MAX = 64;
const DEFAULT_PARENT = '.gauntlet/flake';
const LOADS = ['plain', 'stress'] as const;

export function addFlakeCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('flake')
    .summary('measure how often the suite is wrong')
    .description(
      'Runs scenarios again and again against a gateway that keeps its word, and says how often they raise a\n' +
        'false alarm at most. What was run is kept: the same command goes on where the last one ended.\n' +
        'Exit code 0: no false alarm and all bars hold; 1: a false alarm; 2: too many inconclusive runs;\n' +
        '124 and 130: ended before every scenario was run that often.',
    )
    .argument('[pattern...]', 'which scenarios; without any, all');
  addTargetOptions(command)
    .option(
      '--runs <n>',
      'how often each scenario is judged in all',
      wholeNumber(1, RUNS_MAX),
      RUNS,
    )
    .option('--stress', 'keep every core busy meanwhile; counted apart')
    .option('--seed <n>', "what the rounds' seeds come from (default: drawn, and kept)", parseSeed)
    .option('--jobs <n>', 'how many lanes work at once', wholeNumber(1, JOBS_MAX))
    .option('--time-budget <t>', 'end this call after that long, such as 10m', checkedDuration)
    .option('--report <file>', 'write the page, with and without stress, as Markdown')
    .option('--out <dir>', `what was run, and bundles (default: a folder in ${DEFAULT_PARENT})`)
    .action(async (patterns: string[], options: FlakeCommandOptions) => {
      terminal.exitCode = await flake(patterns, options, terminal);
    });
}

async function flake(
  patterns: readonly string[],
  options: FlakeCommandOptions,
  terminal: Terminal,
): Promise<number> {
  using interruption = new Interruption(terminal);
  const { plan, scenarios, state: opened, out, report } = await prepared(patterns, options);
  await using state = opened;
  const secrets = new Set(plan.secrets);
  const redactor = redactorOf(secrets);
  const { colours } = terminal;
  const say = (text: string): void => terminal.write(`${redactor.text(text)}\n`);
  const { target, seed } = state.subject;
  const command = repeatCommand(patterns, options, state.subject);
  const { runs, jobs = plan.lanes, timeBudget } = options;
  new ConsoleReport((text) => terminal.write(text), colours, redactor).heading({
    version: suiteVersion(),
    target,
    seed,
    command,
  });
  say(
    `scenarios: ${scenarios.length}; rounds so far: ${state.rounds.length}, in ${here(state.file)}`,
  );
  const asked = { scenarios, plan, runs, jobs, out, secrets, redactor };
  const commandOf = roundCommand(patterns, options);
  const { signal } = interruption;
  const ended = await measureFlake(
    {
      ...asked,
      signal,
      commandOf,
      ...(timeBudget !== undefined && { timeBudgetMs: durationMs(timeBudget) }),
    },
    state,
    { note: say, roundDone: (...about) => say(roundText(...about, colours)) },
  );
  const figures = figuresOf(state, scenarios, runs);
  say(flakeText(figures, (bundle) => here(join(out, bundle)), colours));
  if (report !== undefined) {
    const arms = await armsIn(out, state.subject);
    const page = reliabilityPage(
      arms.map((arm) => ({
        subject: arm.subject,
        rounds: arm.rounds,
        figures: figuresOf(arm, scenarios, runs),
        command: repeatCommand(patterns, options, arm.subject),
      })),
    );
    await writeAtomically(report, redactor.text(page));
    say(`report: ${here(report)}`);
  }
  const exitCode = worstExitCode([figures.exitCode, ended]);
  say(`exit code ${exitCode}`);
  return exitCode;
}

interface Prepared {
  readonly plan: TargetPlan;
  /** Those that apply to the target. */
  readonly scenarios: readonly Scenario[];
  readonly state: FlakeState;
  readonly out: string;
  readonly report: string | undefined;
}

/** @throws {UsageError} before anything is run, if anything that was said cannot be used. */
async function prepared(
  patterns: readonly string[],
  options: FlakeCommandOptions,
): Promise<Prepared> {
  const chosen = selectScenarios(patterns, await loadCatalogue());
  const plan = await planFor(targetChoiceOf(options));
  const scenarios = chosen.filter((one) => whyNotApplicable(one, plan) === undefined);
  if (scenarios.length === 0) {
    throw new HarnessError(EXIT.inconclusive, `none of these scenarios applies to ${plan.name}`);
  }
  const report =
    options.report === undefined ? undefined : await writableFile('--report', options.report);
  const out = await writableFolder('--out', options.out ?? join(DEFAULT_PARENT, folderOf(plan)));
  const load = options.stress === true ? 'stress' : 'plain';
  const file = fileOf(out, load);
  const seed = options.seed ?? (await FlakeState.read(file))?.subject.seed ?? freshSeed();
  const state = await FlakeState.open(file, {
    suite: suiteVersion(),
    sources: await sourcesDigest(),
    target: `${plan.name} ${plan.version}`,
    start: redactorOf(plan.secrets).text(plan.identity),
    claims: JSON.stringify(plan.claims),
    load,
    seed,
  });
  return { plan, scenarios, state, out, report };
}

/** As a reader would type it. */
function here(path: string): string {
  return relative(process.cwd(), path);
}

function folderOf({ name }: TargetPlan): string {
  return name.replaceAll(/[^\w.-]+/g, '-');
}

function fileOf(out: string, load: FlakeSubject['load']): string {
  return join(out, `${load}.jsonl`);
}

function figuresOf(state: FlakeState, scenarios: readonly Scenario[], runs: number): FlakeFigures {
  const ids = scenarios.map(({ id }) => id);
  return flakeFigures(state.rounds, { ids, runs, load: state.subject.load });
}

/** Both loads, as far as they were measured of the same. */
async function armsIn(out: string, subject: FlakeSubject): Promise<readonly FlakeState[]> {
  const states = await Promise.all(LOADS.map((load) => FlakeState.read(fileOf(out, load))));
  return states
    .filter((state) => state !== undefined)
    .filter((state) => {
      const { load, seed } = state.subject;
      return state.otherThan({ ...subject, load, seed }) === undefined;
    });
}

/** What goes on with the measure, by whatever pieces. */
function repeatCommand(
  patterns: readonly string[],
  { report: _report, timeBudget: _timeBudget, ...options }: FlakeCommandOptions,
  { load, seed }: FlakeSubject,
): string {
  return commandLine(['flake', ...patterns], { ...options, stress: load === 'stress', seed });
}

/** What runs one round again: the same scenarios against the same target. */
function roundCommand(
  patterns: readonly string[],
  { out: _out, report: _report, timeBudget: _timeBudget, ...rest }: FlakeCommandOptions,
): FlakeOptions['commandOf'] {
  const { runs: _runs, stress: _stress, ...options } = rest;
  return (round) => commandLine(['run', ...patterns], { ...options, ...round });
}
