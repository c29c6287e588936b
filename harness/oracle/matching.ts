/**
 * Which gaps in a counter's history can be filled by which increments. Both ends of the gaps'
 * windows rise from gap to gap, so an increment fits a contiguous run of them, and taking the one
 * with the smallest deadline first is a maximum matching (Glover 1967, convex bipartite graphs).
 */

import { DeadlineHeap } from './deadline-heap.ts';

/** Windows in milliseconds; of gaps, `from` and `to` are both nondecreasing. */
export interface Windows {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

export interface Matching {
  /** For each gap the token that fills it, or -1. */
  readonly tokenOf: Int32Array;
  readonly unfilled: number;
}

export function matchGaps(gaps: Windows, tokens: Windows): Matching {
  const byStart = Int32Array.from(tokens.from.keys()).sort(
    (a, b) => (tokens.from[a] as number) - (tokens.from[b] as number),
  );
  const waiting = new DeadlineHeap(tokens.to);
  const tokenOf = new Int32Array(gaps.from.length).fill(-1);
  let next = 0;
  let unfilled = 0;
  for (let gap = 0; gap < tokenOf.length; gap += 1) {
    for (; next < byStart.length; next += 1) {
      const token = byStart[next] as number;
      if ((tokens.from[token] as number) > (gaps.to[gap] as number)) break;
      waiting.push(token);
    }
    const token = waiting.popFrom(gaps.from[gap] as number);
    if (token === undefined) unfilled += 1;
    else tokenOf[gap] = token;
  }
  return { tokenOf, unfilled };
}
