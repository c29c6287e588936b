/** The n-th schedule of a seed, by itself: no other one needs to be drawn first. */

import * as fc from 'fast-check';
import { randomFrom } from '../random.ts';
import type { Claims } from '../target/claims.ts';
import { normalise } from './normalise.ts';
import { scheduleArbitrary } from './schedule-arbitrary.ts';
import type { Schedule } from './schedule.ts';
import { drawSwarm } from './swarm.ts';

/** The range of fast-check's seeds. */
const SEED_MIN = -(2 ** 31);
const SEED_MAX = 2 ** 31 - 1;

/** The same three give the same schedule, in its normal form. @param index from 0. */
export function drawSchedule(seed: number, index: number, claims: Claims): Schedule {
  const random = randomFrom(seed, `schedule/${index}`);
  const swarm = drawSwarm(random.fork('swarm'), claims);
  const [drawn] = fc.sample(scheduleArbitrary(swarm), {
    seed: random.int(SEED_MIN, SEED_MAX),
    numRuns: 1,
    // A bias towards the ends of every range would leave most schedules with one session and one upstream.
    unbiased: true,
  });
  return normalise(drawn as Schedule);
}
