/** How often a candidate must be run before it is believed, and how sure one can be of a rate that was counted. */

export interface Count {
  /** Runs that could be judged. */
  readonly attempts: number;
  /** Attempts that showed the symptom. */
  readonly failures: number;
  /** Runs beside them that could not be judged. */
  readonly unjudged: number;
}

/** "3 of 5 runs" */
export function runsText({ attempts, failures, unjudged }: Count): string {
  const others = unjudged === 0 ? '' : ` (${unjudged} more could not be judged)`;
  return `${failures} of ${attempts} runs${others}`;
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959_964;

/** One in twenty candidates that still show the bug is taken for one that does not, at most. */
export const MISSED_MAX = 0.05;

/** Wilson's interval of a rate at 95 % (1927): lower and upper end, from 0 to 1. (0, 1) where nothing was tried. */
export function wilson95(hits: number, attempts: number): readonly [number, number] {
  if (attempts === 0) return [0, 1];
  const [middle, half] = wilson(hits, attempts);
  // Both ends are exact where all or none were hits; the arithmetic is not.
  return [hits === 0 ? 0 : middle - half, hits === attempts ? 1 : middle + half];
}

/** The middle of Wilson's interval: what to reckon with, where 3 of 3 is not yet always. */
export function reckonedRate(hits: number, attempts: number): number {
  return attempts === 0 ? 0.5 : wilson(hits, attempts)[0];
}

/** So many clean runs in a row happen with a probability of at most `missedMax` if the rate is `rate`; at least 1. */
export function cleanRunsNeeded(rate: number, missedMax = MISSED_MAX): number {
  if (rate >= 1) return 1;
  if (rate <= 0) return Infinity;
  return Math.max(1, Math.ceil(Math.log(missedMax) / Math.log1p(-rate)));
}

function wilson(hits: number, attempts: number): readonly [middle: number, half: number] {
  const rate = hits / attempts;
  const scale = 1 + Z ** 2 / attempts;
  const middle = (rate + Z ** 2 / (2 * attempts)) / scale;
  const spread = (rate * (1 - rate)) / attempts + Z ** 2 / (4 * attempts ** 2);
  return [middle, (Z * Math.sqrt(spread)) / scale];
}
