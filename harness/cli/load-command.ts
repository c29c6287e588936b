/** `mcp-gauntlet load`: k6's users against a gateway, faults meanwhile, the join with the ledger afterwards. */

import { Option, type Command } from 'commander';
import { UsageError } from '../errors.ts';
import { planFor } from '../target/find-target.ts';
import { findTool } from '../tools/find-tool.ts';
import type { FaultMix } from '../../load/fault-bursts.ts';
import type { LoadResult } from '../../load/load-result.ts';
import type { LoadProfile } from '../../load/profiles.ts';
import { attempt, type Attempt, type Undertaking } from './attempt.ts';
import { commandLine } from './command-line.ts';
import { checkedDuration, durationMs } from './duration.ts';
import { Interruption } from './interruption.ts';
import { loadSummary } from './load-summary.ts';
import { didYouMean } from './nearest.ts';
import { ReportFiles, type ReportChoice } from './report-files.ts';
import { Reporting } from './reporting.ts';
import { addReportOptions } from './run-command.ts';
import { freshSeed, parseSeed } from './seed.ts';
import { addTargetOptions, targetChoiceOf, type TargetOptions } from './target-options.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

interface LoadCommandOptions extends TargetOptions, ReportChoice {
  readonly profile?: string;
  readonly users?: number;
  readonly duration?: string;
  readonly think?: string;
  readonly faults: FaultMix;
  readonly seed?: number;
}

const USERS_MAX = 100_000;

export function addLoadCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('load')
    .summary('put a gateway under load, and judge every answer')
    .description(
      'Sends users with k6, each with a session of its own that checks its own counter at every call,\n' +
        'while faults strike the upstream of half of them.',
    )
    .option('--profile <name>', 'smoke, users-1000 (default), echo-delay or churn')
    .option('--users <n>', 'how many users', wholeNumber(1, USERS_MAX))
    .option('--duration <t>', 'how long, such as 60s or 5m', checkedDuration)
    .option('--think <t>', 'how long a user pauses between calls, on average', checkedDuration)
    .addOption(
      new Option('--faults <mix>', 'what strikes meanwhile')
        .choices(['none', 'resets', 'mixed'])
        .default('mixed'),
    );
  addTargetOptions(command).option('--seed <n>', 'what all randomness comes from', parseSeed);
  addReportOptions(command).action(async (options: LoadCommandOptions) => {
    terminal.exitCode = await load(options, terminal);
  });
}

async function load(options: LoadCommandOptions, terminal: Terminal): Promise<number> {
  using interruption = new Interruption(terminal);
  const profile = await profileOf(options);
  const plan = await planFor(targetChoiceOf(options));
  await using files = await ReportFiles.prepare(options, terminal.environment);
  const seed = options.seed ?? freshSeed();
  const { json: _json, junit: _junit, out: _out, ...repeatable } = options;
  const command = commandLine(['load'], { ...repeatable, seed });
  const undertaking = { plan, seed, command, out: files.out };
  const reporting = new Reporting(undertaking, files, terminal);
  reporting.tellReuse();
  const ended = await attemptLoad(
    { ...undertaking, profile, faults: options.faults },
    reporting,
    interruption.signal,
  );
  return await concludeLoad(ended, reporting, terminal);
}

export interface LoadUndertaking extends Undertaking {
  readonly profile: LoadProfile;
  readonly faults: FaultMix;
}

export async function attemptLoad(
  undertaking: LoadUndertaking,
  { console }: Reporting,
  signal: AbortSignal,
): Promise<Attempt<LoadResult>> {
  const { runLoad } = await import('../../load/run-load.ts');
  const progress = (line: string): void => console.note(line);
  return attempt(undertaking, signal, async () => {
    const k6 = await findTool('k6', { progress, signal });
    const toxiproxy = await findTool('toxiproxy', { progress, signal });
    return runLoad({ ...undertaking, signal }, { k6, toxiproxy, progress });
  });
}

async function concludeLoad(
  ended: Attempt<LoadResult>,
  reporting: Reporting,
  terminal: Terminal,
): Promise<number> {
  const { run } = ended;
  if (!('load' in run)) return reporting.conclude(ended);
  const { loadJson } = await import('../../load/load-result.ts');
  for (const result of run.scenarios) reporting.console.scenarioDone(result, 1, 1);
  terminal.write(`${loadSummary(run, terminal)}\n`);
  return reporting.conclude(ended, loadJson(run, reporting.redactor));
}

async function profileOf(options: LoadCommandOptions): Promise<LoadProfile> {
  const { adjusted, DEFAULT_PROFILE, profileNamed, PROFILES } =
    await import('../../load/profiles.ts');
  const name = options.profile ?? DEFAULT_PROFILE;
  const profile = profileNamed(name);
  if (profile === undefined) {
    const names = PROFILES.map((one) => one.name);
    const hint = didYouMean(name, names) || `; there are ${names.join(', ')}`;
    throw new UsageError(`there is no load profile "${name}"${hint}`);
  }
  const thinkMs = options.think === undefined ? undefined : durationMs(options.think);
  return adjusted(profile, {
    ...(options.users !== undefined && { users: options.users }),
    ...(options.duration !== undefined && { durationMs: durationMs(options.duration) }),
    ...(thinkMs !== undefined && { thinkMinMs: thinkMs / 2, thinkMaxMs: thinkMs * 1.5 }),
  });
}
