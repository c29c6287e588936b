/** The seed that a run takes when nobody gives one. */

import { randomInt } from 'node:crypto';
import { wholeNumber } from './whole-number.ts';

const SEED_MAX = 2 ** 31 - 1;

/** The one use of real randomness: everything else in a run follows from it. */
export function freshSeed(): number {
  return randomInt(SEED_MAX);
}

export const parseSeed = wholeNumber(0, SEED_MAX);
