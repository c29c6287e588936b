/** Bare `mcp-gauntlet`: the default suite and a short load run at 1,000 users, faults on, against the reference gateway. */

import type { Command } from 'commander';
import { join } from 'node:path';
import { OwnError, UsageError } from '../errors.ts';
import { totalsOf, allResults } from '../report/all-results.ts';
import { EXIT, worstExitCode } from '../report/exit-codes.ts';
import type { RunResult } from '../run/result.ts';
import { runScenarios } from '../run/runner.ts';
import { planFor } from '../target/find-target.ts';
import { findTool } from '../tools/find-tool.ts';
import type { LoadProfile } from '../../load/profiles.ts';
import { attempt, type Undertaking } from './attempt.ts';
import { loadCatalogue } from './catalogue.ts';
import { commandLine } from './command-line.ts';
import { Interruption } from './interruption.ts';
import { attemptLoad } from './load-command.ts';
import { loadSummary } from './load-summary.ts';
import { didYouMean } from './nearest.ts';
import { ReportFiles } from './report-files.ts';
import { Reporting } from './reporting.ts';
import { freshSeed, parseSeed } from './seed.ts';
import type { Terminal } from './terminal.ts';

const LOAD = { users: 1000, durationMs: 20_000 } as const;

export function addDefaultCommand(program: Command, terminal: Terminal): void {
  program
    .usage('[command] [options]')
    .argument('[command]')
    .option('--seed <n>', 'what all randomness comes from, without a command', parseSeed)
    .action(async (word: string | undefined, options: { readonly seed?: number }) => {
      if (word !== undefined) {
        const names = program.commands.map((command) => command.name());
        const hint = didYouMean(word, names) || `; there are ${names.join(', ')}`;
        throw new UsageError(`unknown command "${word}"${hint}`);
      }
      terminal.exitCode = await runAll(options.seed, terminal);
    });
}

async function runAll(givenSeed: number | undefined, terminal: Terminal): Promise<number> {
  using interruption = new Interruption(terminal);
  const { signal } = interruption;
  const plan = await planFor({});
  await using files = await ReportFiles.prepare({}, terminal.environment);
  const seed = givenSeed ?? freshSeed();
  const undertaking = { plan, seed, command: commandLine([], { seed }), out: files.out };
  const reporting = new Reporting(undertaking, files, terminal);
  const suite = await attempt(undertaking, signal, () => runSuite(undertaking, reporting, signal));
  const isOver = suite.failure !== undefined || !CARRY_ON.includes(suite.run.exitCode);
  if (isOver) return await reporting.conclude(suite);
  const load = await attemptLoad(
    {
      ...undertaking,
      out: join(files.out, 'load'),
      profile: await shortLoad(),
      faults: 'mixed',
    },
    reporting,
    signal,
  );
  for (const result of load.run.scenarios) reporting.console.scenarioDone(result, 1, 1);
  const run = merged(suite.run, load.run);
  if ('load' in load.run) {
    terminal.write(`${loadSummary(load.run, terminal)}\n`);
    const { loadJson } = await import('../../load/load-result.ts');
    const json = loadJson({ ...run, load: load.run.load }, reporting.redactor);
    return await reporting.conclude({ ...load, run }, json);
  }
  return await reporting.conclude({ ...load, run });
}

async function shortLoad(): Promise<LoadProfile> {
  const { adjusted, DEFAULT_PROFILE, profileNamed } = await import('../../load/profiles.ts');
  const profile = profileNamed(DEFAULT_PROFILE);
  if (profile === undefined) throw new OwnError(`the load profile ${DEFAULT_PROFILE} is gone`);
  return adjusted(profile, LOAD);
}

/** Where the suite could not be run, or the user wants no more, the load would only say so again. */
const CARRY_ON: readonly number[] = [EXIT.ok, EXIT.violation, EXIT.inconclusive];

async function runSuite(
  undertaking: Undertaking,
  { console, secrets }: Reporting,
  signal: AbortSignal,
): Promise<RunResult> {
  // Looked for first, because without it the second half could not be run.
  await findTool('k6', { progress: (line) => console.note(line), signal });
  const { scenarios } = await loadCatalogue();
  const { lanes } = undertaking.plan;
  return runScenarios(
    { ...undertaking, scenarios, repeat: 1, jobs: lanes, secrets, signal },
    console,
  );
}

function merged(suite: RunResult, load: RunResult): RunResult {
  const scenarios = [...suite.scenarios, ...load.scenarios];
  return {
    ...suite,
    scenarios,
    durationMs: suite.durationMs + load.durationMs,
    exitCode: worstExitCode([suite.exitCode, load.exitCode]),
    totals: totalsOf([...allResults(suite), ...load.scenarios]),
    tools: [...suite.tools, ...load.tools.filter(({ name }) => name === 'k6')],
    ...(load.error !== undefined && { error: load.error }),
  };
}
