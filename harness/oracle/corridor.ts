/**
 * The window of each position of a counter: step p (from p - 1 to p) was taken between `from[p]` and
 * `to[p]`. Every answer narrows it, and because steps are taken in order, so do its neighbours.
 */

import type { CounterOperation } from './counter-history.ts';

export interface Corridor {
  /** The highest value that anybody was told. */
  readonly top: number;
  /** Index 1 to top + 1; the last is when a step beyond the top can have been taken. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** The operation (its index) that each bound came from, or -1. */
  readonly fromOf: Int32Array;
  readonly toOf: Int32Array;
  /** The increment (its index) that was told this value, or -1. */
  readonly pinned: Int32Array;
  /** Pairs of increments that were told the same value. */
  readonly sameValue: readonly (readonly [number, number])[];
}

export function corridorOf(operations: readonly CounterOperation[]): Corridor {
  let top = 0;
  for (const { value = 0, isCertain } of operations) if (isCertain && value > top) top = value;
  const corridor = {
    top,
    from: new Float64Array(top + 2).fill(-Infinity),
    to: new Float64Array(top + 2).fill(Infinity),
    fromOf: new Int32Array(top + 2).fill(-1),
    toOf: new Int32Array(top + 2).fill(-1),
    pinned: new Int32Array(top + 2).fill(-1),
  };
  const sameValue: (readonly [number, number])[] = [];
  operations.forEach((operation, index) => {
    const { kind, value, isCertain, startMs, endMs } = operation;
    if (!isCertain || value === undefined) return;
    if (kind === 'increment') {
      const other = corridor.pinned[value] as number;
      if (other === -1) corridor.pinned[value] = index;
      else sameValue.push([other, index]);
    }
    // A read of v lies after step v and before step v + 1; an increment that returned v is step v.
    notAfter(corridor, value, endMs, index);
    notBefore(corridor, kind === 'read' ? value + 1 : value, startMs, index);
  });
  inOrder(corridor);
  return { ...corridor, sameValue };
}

type Bounds = Pick<Corridor, 'top' | 'from' | 'to' | 'fromOf' | 'toOf'>;

function notBefore({ from, fromOf }: Bounds, step: number, timeMs: number, index: number): void {
  if (timeMs <= (from[step] as number)) return;
  from[step] = timeMs;
  fromOf[step] = index;
}

function notAfter({ to, toOf }: Bounds, step: number, timeMs: number, index: number): void {
  if (timeMs >= (to[step] as number)) return;
  to[step] = timeMs;
  toOf[step] = index;
}

/** A step is not taken before the one before it, nor after the one after it. */
function inOrder(bounds: Bounds): void {
  const { top, from, to, fromOf, toOf } = bounds;
  for (let step = 2; step <= top + 1; step += 1) {
    notBefore(bounds, step, from[step - 1] as number, fromOf[step - 1] as number);
  }
  for (let step = top - 1; step >= 1; step -= 1) {
    notAfter(bounds, step, to[step + 1] as number, toOf[step + 1] as number);
  }
}
