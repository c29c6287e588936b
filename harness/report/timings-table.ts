/** Where a run's time went: its phases, then its slowest scenarios. */

import type { RunResult } from '../run/result.ts';
import { allResults } from './all-results.ts';
import { durationText } from './duration-text.ts';
import { plainTable } from './summary-table.ts';

const SLOWEST = 12;

export function timingsTable(run: RunResult): string {
  const table = plainTable(['where the time went', 'time']);
  for (const [name, spentMs] of Object.entries(run.timings ?? {})) {
    table.push([`${name.replace(/Ms$/, '')} (sum over lanes)`, durationText(spentMs)]);
  }
  const slowest = allResults(run).toSorted((a, b) => b.durationMs - a.durationMs);
  for (const { id, durationMs } of slowest.slice(0, SLOWEST)) {
    table.push([id, durationText(durationMs)]);
  }
  return table.toString();
}
