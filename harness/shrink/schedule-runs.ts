/** Hands schedules to a run one at a time, as somebody decides on each only after the one before it was judged. */

import type { JobSource } from '../run/job-queue.ts';
import type { ScenarioResult } from '../run/result.ts';
import type { Job } from '../run/run-scenario.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { stormScenario } from '../storm/storm-scenario.ts';
import { TimeIsOver } from './attempt.ts';

export class ScheduleRuns implements JobSource {
  readonly total = undefined;
  readonly #name: string;
  #asked: PromiseWithResolvers<Job | undefined> | undefined;
  #waiting: Job | undefined;
  #answer: PromiseWithResolvers<ScenarioResult> | undefined;
  #runs = 0;
  #isEnded = false;

  /** @param name what its results are called: "storm/<name>". */
  constructor(name: string) {
    this.#name = name;
  }

  /** One at a time. @throws {TimeIsOver} once the run has ended or was cut short. */
  async run(schedule: Schedule): Promise<ScenarioResult> {
    if (this.#isEnded) throw new TimeIsOver();
    this.#runs += 1;
    const scenario = stormScenario(schedule, this.#name);
    const job: Job = { scenario, repeat: this.#runs, number: this.#runs };
    this.#answer = Promise.withResolvers();
    if (this.#asked === undefined) this.#waiting = job;
    else this.#asked.resolve(job);
    this.#asked = undefined;
    return this.#answer.promise;
  }

  /** Told of every result of the run. */
  done(result: ScenarioResult): void {
    this.#answer?.resolve(result);
    this.#answer = undefined;
  }

  /** No more schedules come, and nobody waits for a result any more. */
  end(): void {
    this.#isEnded = true;
    this.#asked?.resolve(undefined);
    this.#answer?.reject(new TimeIsOver());
    this.#answer = undefined;
  }

  take(): Job | undefined | Promise<Job | undefined> {
    if (this.#isEnded) return undefined;
    const job = this.#waiting;
    this.#waiting = undefined;
    if (job !== undefined) return job;
    this.#asked = Promise.withResolvers();
    return this.#asked.promise;
  }

  rest(): readonly Job[] {
    return [];
  }
}
