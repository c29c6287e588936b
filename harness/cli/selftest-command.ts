/** `mcp-gauntlet selftest`: does the suite convict what it should? */

import type { Command } from 'commander';
import picomatch from 'picomatch';
import { UsageError } from '../errors.ts';
import { durationText } from '../report/duration-text.ts';
import { plainTable } from '../report/summary-table.ts';
import { writeAtomically } from '../report/write-atomically.ts';
import { loadDefects, type Defect } from '../run/defect.ts';
import { selftest, type DefectVerdict, type SelftestResult } from '../run/selftest.ts';
import { suiteVersion } from '../suite-version.ts';
import { loadCatalogue } from './catalogue.ts';
import { commandLine } from './command-line.ts';
import { Interruption } from './interruption.ts';
import { checkedDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';
import { ReportFiles } from './report-files.ts';
import { freshSeed, parseSeed } from './seed.ts';
import { requireStorm, stormSelftest, type StormSelftestOptions } from './storm-selftest.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';
import { writableFile } from './writable.ts';

interface SelftestCommandOptions extends StormSelftestOptions {
  readonly json?: string;
  readonly out?: string;
  readonly seed?: number;
}

const SEEDS_MAX = 100;

export function addSelftestCommand(program: Command, terminal: Terminal): void {
  program
    .command('selftest')
    .summary('see that every defect is convicted')
    .description(
      'Runs every seeded defect of the reference gateway against the scenarios that should convict it,\n' +
        'the reference against the same, and six broken instruments.',
    )
    .argument('[pattern]', 'which defects, with globs; without any, all')
    .option('--seed <n>', 'what all randomness comes from', parseSeed)
    .option('--json <file>', 'write the result as JSON')
    .option('--out <dir>', 'the folder of bundles (default: a new one in .gauntlet)')
    .option('--storm', 'let storms look for the defects, without any scenario written for them')
    .option('--seeds <n>', 'storms against each defect (default: 3)', wholeNumber(1, SEEDS_MAX))
    .option('--budget <t>', 'how long each storm may take (default: 30s)', checkedDuration)
    .option(
      '--shrink <t>',
      'make the schedule of the first find smaller for that long',
      checkedDuration,
    )
    .option('--page <file>', 'write what storms found as Markdown')
    .action(async (pattern: string | undefined, options: SelftestCommandOptions) => {
      terminal.exitCode = await runSelftest(pattern, options, terminal);
    });
}

async function runSelftest(
  pattern: string | undefined,
  options: SelftestCommandOptions,
  terminal: Terminal,
): Promise<number> {
  using interruption = new Interruption(terminal);
  const { colours } = terminal;
  requireStorm(options);
  const defects = selected(pattern, await loadDefects());
  const { scenarios } = await loadCatalogue();
  const page = options.page === undefined ? undefined : await writableFile('--page', options.page);
  const json = options.json === undefined ? undefined : await writableFile('--json', options.json);
  await using files = await ReportFiles.prepare(
    options.out === undefined ? {} : { out: options.out },
    terminal.environment,
  );
  const { out } = files;
  const seed = options.seed ?? freshSeed();
  const { json: _json, out: _out, page: _page, ...repeatable } = options;
  const words = ['selftest', ...(pattern === undefined ? [] : [pattern])];
  const command = commandLine(words, { ...repeatable, seed });
  terminal.write(`mcp-gauntlet ${suiteVersion()} · selftest · seed ${seed} · repeat: ${command}\n`);
  if (options.storm === true) {
    const { signal } = interruption;
    const copies = { ...(json !== undefined && { json }), ...(page !== undefined && { page }) };
    return await stormSelftest(
      { defects, seed, command, out, signal, ...copies },
      options,
      terminal,
    );
  }
  const result = await selftest({
    scenarios,
    defects,
    seed,
    out,
    signal: interruption.signal,
    note: (line) => terminal.write(`${colours.dim(line)}\n`),
    defectDone: (verdict, done, total) =>
      terminal.write(`[${done}/${total}] ${progressLine(verdict, terminal)}\n`),
  });
  if (json !== undefined) {
    await writeAtomically(json, `${JSON.stringify(asData(result, seed), undefined, 2)}\n`);
  }
  terminal.write(`${matrix(result, terminal)}\nbundles: ${out}\n`);
  return result.exitCode;
}

/** @throws {UsageError} for a pattern that no defect matches. */
function selected(pattern: string | undefined, defects: readonly Defect[]): readonly Defect[] {
  if (pattern === undefined) return defects;
  const matches = picomatch(pattern);
  const found = defects.filter(({ name }) => matches(name));
  if (found.length > 0) return found;
  const names = defects.map(({ name }) => name);
  const hint = didYouMean(pattern, names) || `; there are ${names.join(', ')}`;
  throw new UsageError(`no defect matches "${pattern}"${hint}`);
}

function progressLine(verdict: DefectVerdict, { colours }: Terminal): string {
  const { defect, isConvicted, durationMs } = verdict;
  const word = isConvicted ? colours.green('convicted') : colours.red('NOT CONVICTED');
  return `${word} ${defect.name} by ${defect.check} ${colours.dim(durationText(durationMs))}`;
}

/** One row a defect; then the reference, which nothing may convict, and the instruments that must be caught. */
export function matrix(result: SelftestResult, { colours }: Pick<Terminal, 'colours'>): string {
  const { defects, unjudged, reference, harness, unproven, exitCode } = result;
  const word = (isGood: boolean): string => (isGood ? colours.green('yes') : colours.red('NO'));
  const table = plainTable(
    ['defect', 'named check', 'convicted', 'other checks that fired'],
    'words',
  );
  for (const { defect, isConvicted, fired } of defects) {
    const others = fired.filter((check) => check !== defect.check);
    table.push([defect.name, defect.check, word(isConvicted), others.join('\n')]);
  }
  const end = `exit code ${exitCode}`;
  if (reference === undefined) {
    const missing = unjudged.length === 0 ? '' : ` (${unjudged.join(', ')})`;
    const left = `${unjudged.length} ${unjudged.length === 1 ? 'defect has' : 'defects have'}`;
    return [
      ...(defects.length === 0 ? [] : [table.toString()]),
      `interrupted: ${left} no verdict${missing}, nor have the broken instruments, ${end}`,
    ].join('\n');
  }
  const tools = plainTable(['broken instrument', 'caught', 'what the suite said'], 'words');
  for (const { name, isCaught, said } of harness) tools.push([name, word(isCaught), said]);
  const { pass, fail, inconclusive, notApplicable } = reference.totals;
  return [
    table.toString(),
    tools.toString(),
    `reference: ${pass} pass, ${fail} fail, ${inconclusive} inconclusive, ${notApplicable} not applicable`,
    ...(unproven.length === 0
      ? []
      : [colours.red(`checks that no defect proves: ${unproven.join(', ')}`)]),
    `${defects.filter(({ isConvicted }) => isConvicted).length} of ${defects.length} defects convicted, ${end}`,
  ].join('\n');
}

function asData(result: SelftestResult, seed: number): unknown {
  const { defects, unjudged, reference, harness, unproven, exitCode } = result;
  return {
    suite: { version: suiteVersion() },
    seed,
    exitCode,
    defects: defects.map(({ defect, isConvicted, fired, durationMs, results }) => ({
      ...defect,
      isConvicted,
      fired,
      durationMs,
      verdicts: Object.fromEntries(results.map(({ id, verdict }) => [id, verdict])),
    })),
    unjudged,
    ...(reference !== undefined && {
      reference: { exitCode: reference.exitCode, totals: reference.totals },
    }),
    harness,
    unproven,
  };
}
