/**
 * Upstream sessions that an earlier client had used, as the ledger shows without having seen it: they
 * were not opened while it was written, and their counters were not at zero when it began. One that
 * was opened in advance and never used is as good as new.
 */

import type { Apply } from '../history/join.ts';
import { LINE, type LedgerColumns } from '../history/ledger-columns.ts';
import type { OperationColumns } from './operation-columns.ts';

export interface Pasts {
  /** By number of the upstream session: what its counter stood at, as far as it is known; 0 for new ones. */
  readonly began: Int32Array;
  /** By number of the upstream session: 1 for those that an earlier client had used. */
  readonly isUsed: Uint8Array;
}

export function pastsIn(
  { lines, kinds, opAt, homeNumberAt, homes, firstRequest, nextRequest }: LedgerColumns,
  of: OperationColumns,
): Pasts {
  const began = new Int32Array(homes.length);
  const isUsed = new Uint8Array(homes.length);
  const isKnown = new Uint8Array(homes.length);
  for (let place = 0; place < kinds.length; place += 1) {
    const home = homeNumberAt[place] as number;
    if (home < 0 || isKnown[home] === 1) continue;
    const kind = kinds[place];
    if (kind === LINE.initialize) isKnown[home] = 1;
    else if (kind === LINE.apply) begins(home, (lines[place] as Apply).before);
    else if (kind === LINE.answer) begins(home, toldBy(opAt[place] as number));
  }
  return { began, isUsed };

  /** What a read was told; one that was asked twice may have been told it by the other session. */
  function toldBy(index: number): number {
    // A call that nobody was asked for has no place, and so no next one either.
    const isAskedOnce = nextRequest[firstRequest[index] as number] === -1;
    return isAskedOnce ? (of.read[index] as number) : NaN;
  }

  function begins(home: number, value: number): void {
    if (Number.isNaN(value)) return;
    isKnown[home] = 1;
    began[home] = value;
    if (value > 0) isUsed[home] = 1;
  }
}
