/** `selftest --storm`: storms against the seeded defects, and the page that says what they find. */

import { UsageError } from '../errors.ts';
import { EXIT } from '../report/exit-codes.ts';
import { findsOf, hasLargeReproducer, medianMs, stormPage } from '../report/storm-page.ts';
import { writeAtomically } from '../report/write-atomically.ts';
import { durationText } from '../report/duration-text.ts';
import type { Defect } from '../run/defect.ts';
import { huntDefect, type Hunt } from '../storm/hunt-defect.ts';
import { suiteVersion } from '../suite-version.ts';
import { durationMs } from './duration.ts';
import { stormBudgetMs } from './storm-budget.ts';
import type { Terminal } from './terminal.ts';

export interface StormSelftestOptions {
  readonly storm?: boolean;
  readonly seeds?: number;
  readonly budget?: string;
  readonly shrink?: string;
  readonly page?: string;
}

export interface StormSelftest {
  readonly defects: readonly Defect[];
  readonly seed: number;
  readonly command: string;
  readonly out: string;
  readonly signal: AbortSignal;
  /** Where JSON and the page go, tried before. */
  readonly json?: string;
  readonly page?: string;
}

const SEEDS = 3;
const BUDGET = '30s';

/** @throws {UsageError} for what only storms know, and for a budget that is enough for none. */
export function requireStorm({ storm, ...only }: StormSelftestOptions): void {
  const { seeds, budget, shrink, page } = only;
  if (storm === true && budget !== undefined) stormBudgetMs(budget);
  const stray = Object.entries({ seeds, budget, shrink, page }).find(([, value]) => value);
  if (storm === true || stray === undefined) return;
  throw new UsageError(`--${stray[0]} is about storms: say "selftest --storm"`);
}

/** One storm a seed against each of them, seed after seed. @returns the exit code. */
export async function stormSelftest(
  about: StormSelftest,
  { seeds = SEEDS, budget = BUDGET, shrink }: StormSelftestOptions,
  terminal: Terminal,
): Promise<number> {
  const { defects, seed, out, signal, json, page, command } = about;
  const budgetMs = stormBudgetMs(budget);
  const hunts: Hunt[] = [];
  for (const defect of defects) {
    if (signal.aborted) break;
    const hunt = await huntDefect(defect, {
      seeds: Array.from({ length: seeds }, (_, index) => seed + index),
      budgetMs,
      shrinkMs: shrink === undefined ? 0 : durationMs(shrink),
      out,
      signal,
      note: (line) => terminal.write(`${terminal.colours.dim(line)}\n`),
    });
    if (signal.aborted) break;
    hunts.push(hunt);
    terminal.write(`[${hunts.length}/${defects.length}] ${huntLine(hunt, terminal)}\n`);
  }
  const date = new Date().toISOString();
  const data = { suite: { version: suiteVersion() }, seed, command, budgetMs, date, hunts };
  if (json !== undefined) await writeAtomically(json, `${JSON.stringify(data, undefined, 2)}\n`);
  if (page !== undefined && !signal.aborted) {
    await writeAtomically(
      page,
      stormPage(hunts, { version: suiteVersion(), date, command, budgetMs }),
    );
  }
  const found = hunts.filter((hunt) => findsOf(hunt).length > 0).length;
  const cut = signal.aborted
    ? `, interrupted before the other ${defects.length - hunts.length}`
    : '';
  terminal.write(`${found} of ${hunts.length} defects found by storms${cut}\n`);
  if (signal.aborted) return EXIT.interrupted;
  return hunts.every(isAsArgued) ? EXIT.ok : EXIT.ownError;
}

/** Found in most of its storms and shrunk to little, or argued not to be. */
export function isAsArgued(hunt: Hunt): boolean {
  const isArgued = hunt.defect.beyondStorms !== undefined;
  if (isArgued) return findsOf(hunt).length === 0;
  return medianMs(hunt) < Infinity && !isLargeUnargued(hunt);
}

function isLargeUnargued(hunt: Hunt): boolean {
  return hunt.defect.largeReproducer === undefined && hasLargeReproducer(hunt);
}

function huntLine(hunt: Hunt, { colours }: Terminal): string {
  const { defect, storms } = hunt;
  const finds = findsOf(hunt);
  const isArgued = defect.beyondStorms !== undefined;
  if (finds.length === 0) {
    return isArgued
      ? `beyond storms ${defect.name}`
      : `${colours.red('NOT FOUND')} ${defect.name} in ${storms.length} storms`;
  }
  const word = isArgued ? colours.red('FOUND, though argued to be beyond storms:') : 'found';
  const checks = [...new Set(finds.flatMap((find) => find.checks))].sort().join(', ');
  const median = medianMs(hunt);
  const time = median === Infinity ? 'not in most' : durationText(median);
  const large = isLargeUnargued(hunt) ? `, ${colours.red('REPRODUCER LARGE, and not argued')}` : '';
  return `${word} ${defect.name} in ${finds.length} of ${storms.length} storms, ${time}, by ${checks}${large}`;
}
