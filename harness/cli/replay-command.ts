/** `mcp-gauntlet replay`: what reproduces an issue, or the scenario of a bundle with the seed it had. */

import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { readBundle } from '../run/read-bundle.ts';
import type { RunOptions } from '../run/run-options.ts';
import { runScenarios } from '../run/runner.ts';
import { stormScenario } from '../storm/storm-scenario.ts';
import { planFor } from '../target/find-target.ts';
import { attempt } from './attempt.ts';
import { loadCatalogue, type Catalogue } from './catalogue.ts';
import { commandLine } from './command-line.ts';
import { Interruption } from './interruption.ts';
import { ReportFiles, type ReportChoice } from './report-files.ts';
import { addReportOptions } from './run-command.ts';
import { recordedTarget } from './recorded-target.ts';
import { Reporting } from './reporting.ts';
import { freshSeed, parseSeed } from './seed.ts';
import { isIssue, issuesNamed, selectScenarios } from './select.ts';
import {
  addTargetOptions,
  isTargetGiven,
  targetChoiceOf,
  type TargetOptions,
} from './target-options.ts';
import type { Terminal } from './terminal.ts';

interface ReplayOptions extends TargetOptions, ReportChoice {
  readonly seed?: number;
}

type What = Pick<RunOptions, 'scenarios' | 'seed' | 'firstRepeat'> & {
  readonly target: TargetOptions;
};

export function addReplayCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('replay')
    .summary('reproduce an issue, or run a bundle again')
    .description(
      'Runs what reproduces an issue of a real gateway, or the scenario of a bundle with its seed.',
    )
    .argument('<issue|bundle>', 'an issue (4205, IBM/mcp-context-forge#4205) or a bundle');
  addTargetOptions(command).option('--seed <n>', 'another seed than the recorded one', parseSeed);
  addReportOptions(command).action(async (what: string, options: ReplayOptions) => {
    terminal.exitCode = await replay(what, options, terminal);
  });
}

async function replay(what: string, options: ReplayOptions, terminal: Terminal): Promise<number> {
  using interruption = new Interruption(terminal);
  const catalogue = await loadCatalogue();
  const isBundle = !isIssue(what) || existsSync(what);
  const { target, ...chosen } = isBundle
    ? await ofBundle(what, options, catalogue)
    : ofIssue(what, options, catalogue);
  const plan = await planFor(targetChoiceOf(target));
  await using files = await ReportFiles.prepare(options, terminal.environment);
  const { json: _json, junit: _junit, out: _out, ...repeatable } = options;
  const command = commandLine(['replay', what], { ...repeatable, ...target, seed: chosen.seed });
  const { signal } = interruption;
  const undertaking = { plan, seed: chosen.seed, command, out: files.out };
  const reporting = new Reporting(undertaking, files, terminal);
  reporting.tellReuse();
  if (!isBundle) {
    for (const issue of issuesNamed(what, catalogue.issues)) {
      reporting.console.note(`${issue.id}: ${issue.title}, ${issue.url}`);
    }
  }
  const { secrets } = reporting;
  const ended = await attempt(undertaking, signal, () =>
    runScenarios(
      { ...undertaking, ...chosen, repeat: 1, jobs: plan.lanes, secrets, signal },
      reporting.console,
    ),
  );
  return await reporting.conclude(ended);
}

function ofIssue(what: string, options: ReplayOptions, catalogue: Catalogue): What {
  return {
    scenarios: selectScenarios([what], catalogue),
    seed: options.seed ?? freshSeed(),
    target: targetOf(options),
  };
}

async function ofBundle(
  folder: string,
  options: ReplayOptions,
  catalogue: Catalogue,
): Promise<What> {
  if (!existsSync(folder)) {
    throw new UsageError(
      `"${folder}" is neither an issue nor a bundle; known issues: ${catalogue.issues.map(({ id }) => id).join(', ')}`,
    );
  }
  const bundle = await readBundle(folder);
  const { recorded, provenance, schedule } = bundle;
  const { scenario: id } = recorded;
  return {
    scenarios:
      schedule === undefined
        ? selectScenarios([id], catalogue)
        : [stormScenario(schedule, id.slice(id.indexOf('/') + 1))],
    seed: options.seed ?? provenance.seed,
    firstRepeat: provenance.repeat,
    target: isTargetGiven(options) ? targetOf(options) : await recordedTarget(bundle),
  };
}

function targetOf(options: ReplayOptions): TargetOptions {
  const { seed: _seed, json: _json, junit: _junit, out: _out, ...target } = options;
  return target;
}
