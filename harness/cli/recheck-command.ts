/** `mcp-gauntlet recheck`: judges recorded runs with today's checks, without a network. */

import type { Command } from 'commander';
import { HarnessError, OwnError } from '../errors.ts';
import { worstExitCode } from '../report/exit-codes.ts';
import { redactorOf } from '../report/redact.ts';
import { findBundles } from '../run/find-bundles.ts';
import { recheck, type Rechecked } from '../run/recheck.ts';
import { ofManyLines, oneBundleLines } from './recheck-lines.ts';
import type { Terminal } from './terminal.ts';

interface RecheckOptions {
  readonly json?: boolean;
  readonly ledger: boolean;
}

/** A bundle that was judged, or why it could not be. */
type Looked = { readonly folder: string } & (
  { readonly rechecked: Rechecked } | { readonly error: HarnessError }
);

export function addRecheckCommand(program: Command, terminal: Terminal): void {
  program
    .command('recheck')
    .summary('judge bundles again, without a network')
    .description(
      "Judges recorded runs with today's checks, and says what is judged otherwise than it was.\n" +
        'The exit code is that of the new verdicts; a bundle that cannot be read is 64,\n' +
        'unless another proves a violation: that is 1.',
    )
    .argument('<bundle...>', 'folders of bundles, or folders that hold some')
    .option('--json', 'print JSON')
    .option('--no-ledger', "leave the upstreams' record aside and judge the answers alone")
    .action(async (folders: string[], options: RecheckOptions) => {
      terminal.exitCode = await recheckAll(folders, options, terminal);
    });
}

/** One that cannot be read keeps none of the others from being judged. */
async function recheckAll(
  folders: readonly string[],
  options: RecheckOptions,
  terminal: Terminal,
): Promise<number> {
  const looked = new Map<string, Looked>();
  for (const folder of folders) {
    for (const one of await lookBelow(folder, options)) looked.set(one.folder, one);
  }
  return tell([...looked.values()], options, terminal);
}

function tell(looked: readonly Looked[], options: RecheckOptions, terminal: Terminal): number {
  const redactor = redactorOf([]);
  const exitCode = worstExitCode(looked.map(exitCodeOf));
  for (const one of looked) {
    if ('error' in one) terminal.complain(redactor.text(`error: ${one.error.message}\n`));
  }
  if (options.json === true) {
    const document = redactor.value(asData(looked, exitCode));
    terminal.write(`${JSON.stringify(document, undefined, 2)}\n`);
  } else {
    for (const line of asText(looked, exitCode, terminal)) {
      terminal.write(`${redactor.text(line)}\n`);
    }
  }
  return exitCode;
}

async function lookBelow(folder: string, { ledger }: RecheckOptions): Promise<readonly Looked[]> {
  const found = await orError(folder, () => findBundles(folder));
  if ('error' in found) return [found];
  const looked: Looked[] = [];
  for (const bundle of found.value) {
    const one = await orError(bundle, () => recheck(bundle, { withoutLedger: !ledger }));
    looked.push('error' in one ? one : { folder: bundle, rechecked: one.value });
  }
  return looked;
}

async function orError<T>(
  folder: string,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly folder: string; readonly error: HarnessError }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof HarnessError) return { folder, error };
    const why = error instanceof Error ? error.message : String(error);
    const message = `the bundle ${folder} cannot be judged, which is our bug: ${why}`;
    return { folder, error: new OwnError(message, { cause: error }) };
  }
}

function exitCodeOf(one: Looked): number {
  return 'error' in one ? one.error.exitCode : one.rechecked.now.exitCode;
}

function asText(
  looked: readonly Looked[],
  exitCode: number,
  { colours }: Terminal,
): readonly string[] {
  const judged = looked.flatMap((one) => ('rechecked' in one ? [one] : []));
  const [only] = judged;
  if (looked.length === 1) {
    return only === undefined ? [] : oneBundleLines(only.folder, only.rechecked, colours);
  }
  const { same, changed, unreadable } = totalsOf(looked);
  return [
    ...judged.flatMap(({ folder, rechecked }) => ofManyLines(folder, rechecked, colours)),
    `${looked.length} bundles: ${same} judged the same, ${changed} otherwise, ${unreadable} not readable; exit code ${exitCode}`,
  ];
}

function asData(looked: readonly Looked[], exitCode: number): unknown {
  return { bundles: looked.map(bundleData), totals: totalsOf(looked), exitCode };
}

function bundleData(one: Looked): unknown {
  if ('error' in one) return { bundle: one.folder, error: one.error.message };
  const { bundle, now, changes } = one.rechecked;
  const { suite, target, seed, startedAt } = bundle.provenance;
  return {
    bundle: one.folder,
    scenario: bundle.recorded.scenario,
    target,
    seed,
    suite,
    startedAt,
    ...changes,
    ...(now.reason !== undefined && { reason: now.reason }),
    notApplicable: now.checks
      .filter(({ verdict }) => verdict === 'not-applicable')
      .map(({ id, reason }) => ({ check: id, reason })),
    exitCode: now.exitCode,
  };
}

function totalsOf(looked: readonly Looked[]) {
  const changed = looked.filter((one) => 'rechecked' in one && one.rechecked.changes.isChanged);
  const unreadable = looked.filter((one) => 'error' in one);
  return {
    bundles: looked.length,
    same: looked.length - changed.length - unreadable.length,
    changed: changed.length,
    unreadable: unreadable.length,
  };
}
