/**
 * Calls that took effect after one that was begun when they had been answered: real time, against the
 * ledger's order. An increment takes effect where it was applied, a read between its request and its
 * answer upstream. One sweep: on each counter, the call that was begun last among those that are over
 * contradicts any answered one whose effect comes only now.
 */

import { LINE } from '../history/ledger-columns.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';

export function orderAnomalies(about: JudgedCase): readonly Anomaly[] {
  const { operations, of, hasOwnAnswer } = about;
  const { opAt, homeNumberAt, homes } = about.join.columns;
  // The last begun of what is over, by counter, and where it was over.
  const latest = new Int32Array(homes.length).fill(-1);
  const overAt = new Int32Array(homes.length);
  const found: Anomaly[] = [];
  opAt.forEach((index, place) => {
    if (index < 0) return;
    const home = homeNumberAt[place] as number;
    const other = latest[home] as number;
    const isLate = other >= 0 && (of.startMs[other] as number) > (of.endMs[index] as number);
    // One whose fate was unknown may take effect at any time, and what is another's answer says nothing.
    if (isLate && of.isOk[index] === 1 && begins(about, place, index)) {
      const late = operations[index] as Operation;
      if (hasOwnAnswer(late)) found.push(anomaly(about, place, overAt[home] as number));
    }
    const isLater = other < 0 || (of.startMs[index] as number) > (of.startMs[other] as number);
    if (isLater && ends(about, place, index)) {
      latest[home] = index;
      overAt[home] = place;
    }
  });
  return found;
}

/** Its first effect on this counter. */
function begins({ of, join: { columns } }: JudgedCase, place: number, index: number): boolean {
  const { homeNumberAt, firstApply, firstRequest, nextApply, nextRequest } = columns;
  const isIncrement = of.mayIncrement[index] === 1;
  if (!isIncrement && Number.isNaN(of.read[index])) return false;
  const [first, next] = isIncrement ? [firstApply, nextApply] : [firstRequest, nextRequest];
  let at = first[index] as number;
  while (at !== -1 && homeNumberAt[at] !== homeNumberAt[place]) at = next[at] as number;
  return at === place;
}

/** Its last effect on this counter; a read that was asked twice is over with its last answer or, earlier, never. */
function ends({ of, join: { columns } }: JudgedCase, place: number, index: number): boolean {
  const { kinds, homeNumberAt, nextApply, firstRequest, nextRequest } = columns;
  const isIncrement = of.mayIncrement[index] === 1;
  if (!isIncrement) {
    const isOnce = nextRequest[firstRequest[index] as number] === -1;
    return kinds[place] === LINE.answer && isOnce && !Number.isNaN(of.read[index]);
  }
  if (kinds[place] !== LINE.apply) return false;
  for (let at = nextApply[place] as number; at !== -1; at = nextApply[at] as number) {
    if (homeNumberAt[at] === homeNumberAt[place]) return false;
  }
  return true;
}

function anomaly({ operations, join }: JudgedCase, place: number, over: number): Anomaly {
  const { lines, opAt, homeAt } = join.columns;
  const late = operations[opAt[place] as number] as Operation;
  const early = operations[opAt[over] as number] as Operation;
  return {
    name: 'ORDER',
    session: late.invoke.session,
    upstream: homeAt(place).upstream,
    operations: [late, early],
    lines: [lines[place] as LedgerEntry, lines[over] as LedgerEntry],
  };
}
