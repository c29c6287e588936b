/** Halving searches in what is in order of time. */

interface Moment {
  readonly atMs: number;
}

/** How many came before this time. */
export function countBefore(inOrder: readonly Moment[], timeMs: number): number {
  return firstWhere(inOrder, ({ atMs }) => atMs >= timeMs);
}

/** How many had come by this time. */
export function countUpTo(inOrder: readonly Moment[], timeMs: number): number {
  return firstWhere(inOrder, ({ atMs }) => atMs > timeMs);
}

function firstWhere(inOrder: readonly Moment[], isPast: (moment: Moment) => boolean): number {
  let low = 0;
  for (let high = inOrder.length; low < high;) {
    const middle = (low + high) >> 1;
    if (isPast(inOrder[middle] as Moment)) high = middle;
    else low = middle + 1;
  }
  return low;
}
