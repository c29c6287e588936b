/** What is still to be run, handed out so that a lane is used again while something fits it. */

import { laneKey } from './lane-holder.ts';
import type { RunOptions } from './run-options.ts';
import type { Job } from './run-scenario.ts';

export class JobQueue {
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

  /** What nobody took; they are gone from the queue afterwards. */
  rest(): readonly Job[] {
    return this.#waiting.splice(0);
  }

  /** The next job, one for the lane with this key if there is any. */
  take(key: string | undefined): Job | undefined {
    const fitting = this.#waiting.findIndex(({ scenario }) => laneKey(scenario) === key);
    return this.#waiting.splice(Math.max(0, fitting), 1)[0];
  }
}
