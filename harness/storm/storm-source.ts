/**
 * Draws schedules as long as there is time and nothing was violated. Among the next few it takes the
 * one that aims at most of what has not been met yet, so that a short storm is not a narrow one; the
 * n-th schedule of a seed is the same whenever it is taken.
 */

import { nowMs } from '../lifecycle/clock.ts';
import type { JobSource } from '../run/job-queue.ts';
import { laneKey } from '../run/lane-holder.ts';
import type { Job } from '../run/run-scenario.ts';
import type { Scenario } from '../run/scenario.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { stormScenario } from './storm-scenario.ts';
import type { Coverage } from './coverage.ts';

/** How many drawn schedules are chosen from, at least and, while none of them aims at what is missing, at most. */
const AHEAD_MIN = 8;
const AHEAD_MAX = 256;

export class StormSource implements JobSource {
  readonly total = undefined;
  readonly #draw: (index: number) => Schedule;
  readonly #coverage: Coverage;
  readonly #budgetMs: number;
  readonly #ahead: Scenario[] = [];
  #drawn = 0;
  #taken = 0;
  #isEnded = false;
  /** Infinity until the target and the tools stand. */
  #endsMs = Infinity;

  /** @param budgetMs from `begin` on; whoever asks first is given one schedule in any case. */
  constructor(draw: (index: number) => Schedule, coverage: Coverage, budgetMs: number) {
    this.#draw = draw;
    this.#coverage = coverage;
    this.#budgetMs = budgetMs;
  }

  begin(): void {
    this.#endsMs = Math.min(this.#endsMs, nowMs() + this.#budgetMs);
  }

  /** Nothing more is taken; what has begun goes on. */
  end(): void {
    this.#isEnded = true;
  }

  take(key: string | undefined): Job | undefined {
    if (this.#isEnded || (this.#taken > 0 && nowMs() >= this.#endsMs)) return undefined;
    this.#drawAhead();
    const [best] = this.#ahead
      .map((scenario, position) => ({ position, worth: this.#worth(scenario, key) }))
      .toSorted((a, b) => b.worth - a.worth || a.position - b.position);
    const [scenario] = this.#ahead.splice(best?.position ?? 0, 1);
    if (scenario === undefined) return undefined;
    this.#taken += 1;
    return { scenario, repeat: 0, number: this.#taken };
  }

  /** What was drawn ahead was nobody's choice yet. */
  rest(): readonly Job[] {
    return [];
  }

  #drawAhead(): void {
    const isMissing = this.#coverage.missing().length > 0;
    const isEnough = (): boolean =>
      !isMissing || this.#ahead.some((scenario) => this.#newsIn(scenario) > 0);
    while (this.#ahead.length < AHEAD_MIN || (this.#ahead.length < AHEAD_MAX && !isEnough())) {
      const index = this.#drawn++;
      this.#ahead.push(stormScenario(this.#draw(index), index));
    }
  }

  #newsIn({ schedule }: Scenario): number {
    return schedule === undefined ? 0 : this.#coverage.newsIn(schedule);
  }

  /** A lane that is at hand saves about as much as one more thing that was not met yet. */
  #worth(scenario: Scenario, key: string | undefined): number {
    return this.#newsIn(scenario) + (laneKey(scenario) === key ? 1 : 0);
  }
}
