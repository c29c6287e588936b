/** How long the benchmark takes, and for what. */

export interface Plan {
  readonly name: 'full' | 'quick';
  /** Each measures every contender once for each load; medians are taken over them. */
  readonly rounds: number;
  readonly seconds: number;
  /** Of load before anything counts, so that the code is compiled; 0 for none. */
  readonly warmupSeconds: number;
  readonly sessions: readonly number[];
  /** Idle sessions are added in so many steps, of so many each. */
  readonly idleSteps: number;
  readonly idleStep: number;
  /** Fresh processes for each idle measurement; the median counts. */
  readonly idleRepeats: number;
  /** Calls over which memory must not grow. */
  readonly growthCalls: number;
  readonly growthSeconds: number;
  readonly profileSeconds: number;
}

export const FULL: Plan = {
  name: 'full',
  rounds: 5,
  seconds: 3,
  warmupSeconds: 4,
  sessions: [50, 500],
  idleSteps: 4,
  idleStep: 250,
  idleRepeats: 3,
  growthCalls: 1_000_000,
  growthSeconds: 8,
  profileSeconds: 8,
};

/** Shows that all of it works; its numbers mean nothing. */
export const QUICK: Plan = {
  name: 'quick',
  rounds: 1,
  seconds: 1,
  warmupSeconds: 0,
  sessions: [20],
  idleSteps: 2,
  idleStep: 20,
  idleRepeats: 1,
  growthCalls: 1_000,
  growthSeconds: 1,
  profileSeconds: 1,
};
