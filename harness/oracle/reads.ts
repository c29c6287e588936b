/**
 * Reads against what the counter stood at while they were executed: from the request to the answer
 * upstream or, where the ledger has no answer, to the answer at the client. All share one clock.
 */

import type { Apply } from '../history/join.ts';
import { LINE } from '../history/ledger-columns.ts';
import type { Operation } from '../history/operation.ts';
import type { Anomaly } from './anomaly.ts';
import type { JudgedCase } from './case-file.ts';

export function readAnomalies(about: JudgedCase): readonly Anomaly[] {
  const { operations, of, hasOwnAnswer, join } = about;
  const explained = explainedReads(about);
  const found: Anomaly[] = [];
  for (let index = 0; index < operations.length; index += 1) {
    if (Number.isNaN(of.read[index]) || explained[index] === 1) continue;
    const operation = operations[index] as Operation;
    const { opId, session, upstream } = operation.invoke;
    const services = join.servicesOf(operation);
    // Without its opId a request cannot be found, and the answer shows that it was lost on the way.
    const isLost = services.length === 0 && operation.outcome?.payload?.['opId'] !== opId;
    if (isLost || !hasOwnAnswer(operation)) continue;
    found.push({
      name: 'WRONG_VALUE',
      session,
      operations: [operation],
      lines: services.map(({ line }) => line),
      ...(upstream !== undefined && { upstream }),
    });
  }
  return found;
}

/** One sweep with every counter at hand; 1 for each read whose value its counter had while it lasted. */
function explainedReads({ of, pasts, join: { columns } }: JudgedCase): Uint8Array {
  const { lines, kinds, opAt, homeNumberAt } = columns;
  const values = pasts.began.slice();
  const explained = new Uint8Array(of.read.length);
  const isOver = new Uint8Array(of.read.length);
  const early = new EarlyReads();
  for (let place = 0; place < kinds.length; place += 1) {
    const home = homeNumberAt[place] as number;
    const index = opAt[place] as number;
    if (kinds[place] === LINE.apply) {
      const { after, atMs } = lines[place] as Apply;
      values[home] = after;
      for (const read of early.told(home, after)) {
        if (isOver[read] === 0 && atMs <= (of.endMs[read] as number)) explained[read] = 1;
      }
    } else if (index >= 0 && !Number.isNaN(of.read[index])) {
      const told = of.read[index] as number;
      if (kinds[place] === LINE.answer) isOver[index] = 1;
      if (told === values[home]) explained[index] = 1;
      else early.add(home, told, index);
    }
  }
  return explained;
}

/** Reads that were told more than there was when they came, by counter and by what they were told. */
class EarlyReads {
  readonly #byHome = new Map<number, Map<number, number[]>>();

  add(home: number, told: number, index: number): void {
    const here = this.#byHome.get(home) ?? new Map<number, number[]>();
    this.#byHome.set(home, here);
    const same = here.get(told);
    if (same === undefined) here.set(told, [index]);
    else same.push(index);
  }

  told(home: number, value: number): readonly number[] {
    return this.#byHome.get(home)?.get(value) ?? [];
  }
}
