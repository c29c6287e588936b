/** The table at a run's end: one row per scenario group. */

import Table from 'cli-table3';
import type { RunResult, ScenarioResult } from '../run/result.ts';
import { allResults, groupOf, totalsOf } from './all-results.ts';
import type { Colours } from './colours.ts';
import { durationText } from './duration-text.ts';

export function summaryTable(run: RunResult, colours: Colours): string {
  const results = allResults(run);
  const table = plainTable(['group', 'pass', 'fail', 'inconclusive', 'n/a', 'calls', 'time']);
  for (const [group, of] of Map.groupBy(results, ({ id }) => groupOf(id))) {
    table.push(row(group, of, colours));
  }
  table.push(row('all', results, colours));
  return table.toString();
}

/**
 * A table without colours of its own, its first column to the left and numbers to the right:
 * cli-table3 would paint its head and frame even in a pipe.
 */
export function plainTable(
  head: readonly string[],
  columns: 'numbers' | 'words' = 'numbers',
): InstanceType<typeof Table> {
  return new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index === 0 || columns === 'words' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
}

function row(name: string, results: readonly ScenarioResult[], colours: Colours): string[] {
  const { pass, fail, inconclusive, notApplicable } = totalsOf(results);
  const sum = (of: (result: ScenarioResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const loud = (count: number, paint: (text: string) => string): string =>
    count === 0 ? '0' : paint(String(count));
  return [
    name,
    loud(pass, colours.green),
    loud(fail, colours.red),
    loud(inconclusive, colours.yellow),
    String(notApplicable),
    String(sum(({ operations }) => operations.total)),
    durationText(sum(({ durationMs }) => durationMs)),
  ];
}
