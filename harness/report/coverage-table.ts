/** Which faults met operations in which phases: one row a fault, one column a phase. */

import { FAULT_KINDS, PHASES } from '../schedule/schedule.ts';
import type { StormCoverage } from '../run/result.ts';
import { plainTable } from './summary-table.ts';

/** A cell says how many kinds of operations were met there, and in how many schedules, all kinds together: "5/17". */
export function coverageTable({ cells }: StormCoverage): string {
  const table = plainTable(['fault × phase: kinds of operations/times', ...PHASES]);
  for (const fault of FAULT_KINDS) {
    const row = PHASES.map((phase) => {
      const met = cells.filter((cell) => cell.fault === fault && cell.phase === phase);
      const times = met.reduce((sum, { schedules }) => sum + schedules, 0);
      return met.length === 0 ? '-' : `${met.length}/${times}`;
    });
    table.push([fault, ...row]);
  }
  return table.toString();
}
