/** Where a run's time went: its phases, then the scenarios that took most, all repeats together. */

import type { RunResult } from '../run/result.ts';
import { allResults } from './all-results.ts';
import { durationText } from './duration-text.ts';
import { plainTable } from './summary-table.ts';

const SLOWEST = 12;

export function timingsTable(run: RunResult): string {
  const table = plainTable(['where the time went', 'time']);
  for (const [name, spentMs] of Object.entries(run.timings ?? {})) {
    table.push([`${phaseOf(name)} (sum over lanes)`, durationText(spentMs)]);
  }
  const repeats = Map.groupBy(allResults(run), ({ id }) => id);
  const slowest = [...repeats]
    .map(([id, results]) => ({ id, ms: results.reduce((sum, one) => sum + one.durationMs, 0) }))
    .toSorted((a, b) => b.ms - a.ms);
  for (const { id, ms } of slowest.slice(0, SLOWEST)) table.push([id, durationText(ms)]);
  return table.toString();
}

/** "open lane" of "openLaneMs". */
function phaseOf(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
