/** `mcp-gauntlet run`: scenarios against a gateway. */

import type { Command } from 'commander';
import { ALWAYS } from '../checks/index.ts';
import { runScenarios } from '../run/runner.ts';
import { coverageTable } from '../report/coverage-table.ts';
import type { RunOptions } from '../run/run-options.ts';
import { runStorm } from '../storm/run-storm.ts';
import { STORM_CHECKS } from '../storm/storm-scenario.ts';
import { timingsTable } from '../report/timings-table.ts';
import type { Baseline } from '../run/baseline.ts';
import { readBaseline, requireKnown } from '../run/read-baseline.ts';
import { planFor } from '../target/find-target.ts';
import { attempt } from './attempt.ts';
import { loadCatalogue, type Catalogue } from './catalogue.ts';
import { commandLine } from './command-line.ts';
import { checkedDuration, durationMs } from './duration.ts';
import { expecting } from './expecting.ts';
import { Interruption } from './interruption.ts';
import { ReportFiles, type ReportChoice } from './report-files.ts';
import { Reporting } from './reporting.ts';
import { freshSeed, parseSeed } from './seed.ts';
import { selectScenarios } from './select.ts';
import { scheduledScenarios, STORM_ID_EXAMPLE, stormRequest } from './storm-request.ts';
import { addTargetOptions, targetChoiceOf, type TargetOptions } from './target-options.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

interface RunCommandOptions extends TargetOptions, ReportChoice {
  readonly seed?: number;
  readonly repeat: number;
  readonly jobs?: number;
  readonly timeBudget?: string;
  readonly baseline?: string;
  readonly controlArm?: boolean;
  readonly budget?: string;
  readonly schedule?: string;
  readonly timings?: boolean;
}

const REPEAT_MAX = 100_000;
const JOBS_MAX = 64;

export function addRunCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .summary('run scenarios against a gateway')
    .description(
      'Runs scenarios against a gateway and judges what came out.\n' +
        'A pattern is a scenario id with globs (isolation/*), an issue number (4205), or a requirement id (ISO-02).\n' +
        '"run storm" draws schedules of calls and faults from the seed instead, until its budget is over or\n' +
        'something is violated; "run storm/12 --seed N" runs the one with that number again, against a target\n' +
        'with the same claims.',
    )
    .argument('[pattern...]', 'which scenarios; without any, all');
  addTargetOptions(command)
    .option('--seed <n>', 'what all randomness comes from (default: drawn, and said)', parseSeed)
    .option('--repeat <n>', 'how often each scenario is run', wholeNumber(1, REPEAT_MAX), 1)
    .option('--jobs <n>', 'how many lanes work at once', wholeNumber(1, JOBS_MAX))
    .option('--time-budget <t>', 'give up after this long, such as 90s or 5m', checkedDuration)
    .option('--baseline <file>', 'findings that are expected, now and then or always, as YAML')
    .option(
      '--budget <t>',
      'how long a storm draws schedules, once the target stands (default: 60s)',
      checkedDuration,
    )
    .option('--schedule <file>', 'the one schedule that a storm carries out')
    .option('--control-arm', 'try what convicts the target once more without it')
    .option('--timings', 'say where the time went');
  addReportOptions(command).action(async (patterns: string[], options: RunCommandOptions) => {
    terminal.exitCode = await run(patterns, options, terminal);
  });
}

export function addReportOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the result as JSON')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option(
      '--out <dir>',
      'the folder of reports and bundles, overwritten (default: a new one in .gauntlet)',
    );
}

async function run(
  patterns: readonly string[],
  options: RunCommandOptions,
  terminal: Terminal,
): Promise<number> {
  using interruption = new Interruption(terminal);
  const catalogue = await loadCatalogue();
  const storm = stormRequest(patterns, options);
  const selected = storm === undefined ? selectScenarios(patterns, catalogue) : [];
  const baseline =
    options.baseline === undefined ? undefined : await baselineFor(options.baseline, catalogue);
  const plan = await planFor(targetChoiceOf(options));
  const seed = options.seed ?? freshSeed();
  const scenarios =
    storm === undefined || storm.kind === 'drawn'
      ? selected
      : await scheduledScenarios(storm, seed, plan.claims);
  await using files = await ReportFiles.prepare(options, terminal.environment);
  const command = repeatCommand(patterns, options, seed);
  const { repeat, jobs = plan.lanes } = options;
  const timeBudgetMs =
    options.timeBudget === undefined ? undefined : durationMs(options.timeBudget);
  const { signal } = interruption;
  const undertaking = { plan, seed, command, out: files.out };
  const reporting = new Reporting(undertaking, files, terminal);
  reporting.tellReuse();
  const { secrets } = reporting;
  const runOptions: RunOptions = {
    ...undertaking,
    scenarios,
    repeat,
    jobs,
    secrets,
    signal,
    ...(options.controlArm === true && { controlArm: true }),
    ...(timeBudgetMs !== undefined && { timeBudgetMs }),
    ...(baseline !== undefined && { baseline }),
  };
  const events = expecting(baseline, plan, reporting.console);
  const ended = await attempt(undertaking, signal, () =>
    storm?.kind === 'drawn'
      ? runStorm({ ...runOptions, budgetMs: storm.budgetMs }, events)
      : runScenarios(runOptions, events),
  );
  if (ended.run.coverage !== undefined) terminal.write(`${coverageTable(ended.run.coverage)}\n`);
  const exitCode = await reporting.conclude(ended);
  if (options.timings === true) terminal.write(`${timingsTable(ended.run)}\n`);
  return exitCode;
}

function repeatCommand(
  patterns: readonly string[],
  { json: _json, junit: _junit, out: _out, repeat, ...options }: RunCommandOptions,
  seed: number,
): string {
  const said = repeat === 1 ? options : { ...options, repeat };
  return commandLine(['run', ...patterns], { ...said, seed });
}

/** @throws {UsageError} if the file is broken, or an entry can match nothing. */
async function baselineFor(file: string, catalogue: Catalogue): Promise<Baseline> {
  const baseline = await readBaseline(file);
  requireKnown(
    baseline,
    [...catalogue.scenarios, { id: STORM_ID_EXAMPLE, checks: STORM_CHECKS }].map(
      ({ id, checks }) => ({ id, checks: [...ALWAYS, ...checks].map((check) => check.id) }),
    ),
    catalogue.checks,
  );
  return baseline;
}
