/** Which faults met which kinds of operations in which phases: one row a fault, one column a phase, one letter a kind. */

import type { StormCoverage } from '../run/result.ts';
import {
  FAULT_KINDS,
  OPERATION_KINDS,
  PHASES,
  type OperationKind,
  type Phase,
} from '../schedule/schedule.ts';
import { phasesOf } from '../schedule/schedule-bounds.ts';
import { plainTable } from './summary-table.ts';

/** Each kind has a place of its own in every cell where it can be met, so that rows can be compared. */
const LETTERS: Readonly<Record<OperationKind, string>> = {
  get: 'g',
  increment: 'i',
  'slow-early': 'e',
  'slow-late': 'l',
  progress: 'p',
  cancelled: 'c',
  aborted: 'a',
  broken: 'b',
  delete: 'd',
};
const NOT_MET = '·';

/** "gi·l·c··d 17": these kinds were met there, 17 times, each once a schedule at most. */
export function coverageTable({ cells }: StormCoverage): string {
  const table = plainTable(['fault × phase', ...PHASES]);
  for (const fault of FAULT_KINDS) {
    const row = PHASES.map((phase) => {
      const met = cells.filter((cell) => cell.fault === fault && cell.phase === phase);
      const times = met.reduce((sum, { schedules }) => sum + schedules, 0);
      const letters = placesIn(phase, cells).map((kind) =>
        met.some(({ operation }) => operation === kind) ? LETTERS[kind] : NOT_MET,
      );
      return `${letters.join('')} ${times}`;
    });
    table.push([fault, ...row]);
  }
  const legend = OPERATION_KINDS.map((kind) => `${LETTERS[kind]} ${kind}`).join(', ');
  const about =
    'each cell: which kinds of operations were met, and how often, each once a schedule';
  return `${table.toString()}\n${about}\n${legend}, ${NOT_MET} not met`;
}

/** Kinds that a fault can aim at in that phase, and those that one met there all the same. */
function placesIn(phase: Phase, cells: StormCoverage['cells']): readonly OperationKind[] {
  return OPERATION_KINDS.filter(
    (kind) =>
      phasesOf(kind).includes(phase) ||
      cells.some((cell) => cell.phase === phase && cell.operation === kind),
  );
}
