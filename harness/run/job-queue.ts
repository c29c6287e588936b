/** What is still to be run, handed out so that a lane is used again while something fits it. */

import { laneKey } from './lane-holder.ts';
import type { RunOptions } from './run-options.ts';
import type { Job } from './run-scenario.ts';

/** Where a run's jobs come from: a list that is known, or something that draws them as long as it likes. */
export interface JobSource {
  /** Undefined where nobody knows how many there will be. */
  readonly total: number | undefined;
  /** The next job, one for the lane with this key where there is a choice; undefined ends the run. */
  take(key: string | undefined): Job | undefined | Promise<Job | undefined>;
  /** Told when a lane stands, or none could: who has a budget counts it from the first time. */
  begin?(): void;
  /** What was chosen and nobody took; it is gone from the source afterwards. */
  rest(): readonly Job[];
}

export class JobQueue implements JobSource {
  readonly total: number;
  readonly #waiting: Job[];

  constructor(options: Pick<RunOptions, 'scenarios' | 'repeat' | 'firstRepeat'>) {
    const { scenarios, repeat, firstRepeat = 0 } = options;
    let number = 0;
    this.#waiting = Array.from({ length: repeat }, (_, index) =>
      scenarios.map((scenario): Job => ({
        scenario,
        repeat: firstRepeat + index,
        number: ++number,
      })),
    ).flat();
    this.total = this.#waiting.length;
  }

  rest(): readonly Job[] {
    return this.#waiting.splice(0);
  }

  take(key: string | undefined): Job | undefined {
    const fitting = this.#waiting.findIndex(({ scenario }) => laneKey(scenario) === key);
    return this.#waiting.splice(Math.max(0, fitting), 1)[0];
  }
}
