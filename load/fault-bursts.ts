/**
 * When faults strike during a load run, and which: a plan from the seed, made before anything
 * starts. Bursts are short and far between, so that most calls stay unexposed, and the last one is
 * over well before the end, so that the recovery is seen.
 */

import type { NetworkFault } from '../harness/fault/network.ts';
import type { Random } from '../harness/random.ts';

export type FaultMix = 'none' | 'resets' | 'mixed';

export const FAULT_MIXES: readonly FaultMix[] = ['none', 'resets', 'mixed'];

export interface Strike {
  readonly fault: NetworkFault;
  readonly holdMs: number;
}

export interface Burst {
  /** From the beginning of the load. */
  readonly atMs: number;
  /** One after the other. */
  readonly strikes: readonly Strike[];
}

const GAP_MIN_MS = 3_000;
const GAP_MAX_MS = 5_000;
const HOLD_MIN_MS = 200;
const HOLD_MAX_MS = 600;
/** Left quiet at the end, as a share of the run and at least so long. */
const QUIET_SHARE = 0.15;
const QUIET_MIN_MS = 2_000;

/** At least one burst, unless the mix is none. */
export function planBursts(
  mix: FaultMix,
  times: { readonly rampMs: number; readonly durationMs: number },
  random: Random,
): readonly Burst[] {
  if (mix === 'none') return [];
  const { rampMs, durationMs } = times;
  const lastMs = durationMs - Math.max(QUIET_MIN_MS, durationMs * QUIET_SHARE);
  const recipes = recipesOf(mix, random);
  const bursts: Burst[] = [];
  let atMs = Math.min(rampMs, durationMs / 2);
  do {
    const recipe = recipes[bursts.length % recipes.length] ?? [];
    const strikes = recipe.map((fault) => ({
      fault,
      holdMs: random.int(HOLD_MIN_MS, HOLD_MAX_MS),
    }));
    bursts.push({ atMs, strikes });
    atMs += random.int(GAP_MIN_MS, GAP_MAX_MS);
  } while (atMs < lastMs);
  return bursts;
}

/** A cut comes first and every second time: a reset alone touches only new connections. */
function recipesOf(mix: Exclude<FaultMix, 'none'>, random: Random): readonly Recipe[] {
  if (mix === 'resets') return RESETS;
  return shuffled(OTHERS, random).flatMap((other, index) => [RESETS[index % 2] ?? [], other]);
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, key: random.int(0, 2 ** 30) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

type Recipe = readonly NetworkFault[];

const RESETS: readonly Recipe[] = [[{ kind: 'down' }], [{ kind: 'down' }, { kind: 'reset' }]];

const OTHERS: readonly Recipe[] = [
  [{ kind: 'blackhole' }],
  [{ kind: 'latency', latencyMs: 300 }],
  [{ kind: 'down' }, { kind: 'limit-data', bytes: 100 }],
  [{ kind: 'slicer', bytes: 20, delayUs: 1_000 }],
  [{ kind: 'bandwidth', kilobytesPerSecond: 2 }],
];
