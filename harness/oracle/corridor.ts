/**
 * The window of each position in a counter's lives: its birth, its steps (step p goes from p - 1 to p)
 * and its end, life after life. Every answer narrows some, and because positions come in order, so do
 * their neighbours.
 */

import type { CounterOperation } from './counter-history.ts';
import { oneLife, type Lives } from './lives.ts';

export interface Corridor {
  /** By life: the position of its birth; a value told in it is as many positions further. */
  readonly births: readonly number[];
  /** By life: the position after its last step, where it may still be incremented unseen. */
  readonly tails: readonly number[];
  /** By position, each nondecreasing. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** The operation (its index) that each bound came from, or -1. */
  readonly fromOf: Int32Array;
  readonly toOf: Int32Array;
  /** The increment (its index) that was told this position, or -1. */
  readonly pinned: Int32Array;
  /** Pairs of increments that were told the same value in one life. */
  readonly sameValue: readonly (readonly [number, number])[];
}

/** By life, the highest value that anybody was told. */
export function topsOf(
  operations: readonly CounterOperation[],
  { count, lifeOf }: Lives,
): number[] {
  const tops = Array.from({ length: count }, () => 0);
  operations.forEach(({ value = 0 }, index) => {
    const life = lifeOf[index] as number;
    if (life >= 0 && value > (tops[life] as number)) tops[life] = value;
  });
  return tops;
}

export function corridorOf(
  operations: readonly CounterOperation[],
  lives: Lives = oneLife(operations),
): Corridor {
  const births: number[] = [];
  const tails: number[] = [];
  let length = 0;
  for (const top of topsOf(operations, lives)) {
    births.push(length);
    tails.push(length + top + 1);
    length += top + 2;
  }
  const corridor = {
    births,
    tails,
    from: new Float64Array(length).fill(-Infinity),
    to: new Float64Array(length).fill(Infinity),
    fromOf: new Int32Array(length).fill(-1),
    toOf: new Int32Array(length).fill(-1),
    pinned: new Int32Array(length).fill(-1),
  };
  lives.begins.forEach(({ fromMs, toMs }, life) => {
    notBefore(corridor, births[life], fromMs, -1);
    notAfter(corridor, births[life] as number, toMs, -1);
  });
  const sameValue: (readonly [number, number])[] = [];
  operations.forEach((operation, index) => {
    const { kind, value, startMs, endMs } = operation;
    const life = lives.lifeOf[index] as number;
    if (life < 0) return;
    const birth = births[life] as number;
    if (value === undefined) {
      // Its life had begun before its end, and was not over before its beginning.
      notAfter(corridor, birth, endMs, index);
      notBefore(corridor, births[life + 1], startMs, index);
      return;
    }
    const at = birth + value;
    if (kind === 'increment') {
      const other = corridor.pinned[at] as number;
      if (other === -1) corridor.pinned[at] = index;
      else sameValue.push([other, index]);
    }
    // A read of v lies after step v and before step v + 1; an increment that returned v is step v.
    notAfter(corridor, at, endMs, index);
    notBefore(corridor, kind === 'read' ? at + 1 : at, startMs, index);
  });
  inOrder(corridor);
  return { ...corridor, sameValue };
}

type Bounds = Pick<Corridor, 'from' | 'to' | 'fromOf' | 'toOf'>;

function notBefore(
  { from, fromOf }: Bounds,
  position: number | undefined,
  timeMs: number,
  index: number,
): void {
  if (position === undefined || timeMs <= (from[position] as number)) return;
  from[position] = timeMs;
  fromOf[position] = index;
}

function notAfter({ to, toOf }: Bounds, position: number, timeMs: number, index: number): void {
  if (timeMs >= (to[position] as number)) return;
  to[position] = timeMs;
  // Where nobody but a reset bounds it, who bounded it before is still who says that there is such a place.
  if (index >= 0) toOf[position] = index;
}

/** Nothing happens before what comes before it, nor after what comes after it. */
function inOrder(bounds: Bounds): void {
  const { from, to, fromOf, toOf } = bounds;
  for (let at = 1; at < from.length; at += 1) {
    notBefore(bounds, at, from[at - 1] as number, fromOf[at - 1] as number);
  }
  for (let at = to.length - 2; at >= 0; at -= 1) {
    notAfter(bounds, at, to[at + 1] as number, toOf[at + 1] as number);
  }
}
