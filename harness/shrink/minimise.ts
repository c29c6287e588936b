/**
 * From a schedule that once showed a symptom to the smallest one that still does: reproduce it and
 * estimate how often it does, take what the simulation suggests where the target agrees, shrink on the
 * target, and count how often the result fails. Whatever time was enough for is the result.
 */

import type { Schedule } from '../schedule/schedule.ts';
import { scheduleSize } from '../schedule/schedule-size.ts';
import { isJudged, TimeIsOver, UNJUDGED_MAX, type Attempt } from './attempt.ts';
import { reckonedRate, runsText, type Count } from './repetition.ts';
import { shrinkInModel } from './shrink-in-model.ts';
import { shrink, type Shrunk } from './shrink.ts';
import { hasSymptom, type Symptom } from './symptom.ts';

export interface MinimiseOptions<Run extends Attempt> {
  readonly schedule: Schedule;
  /** What it showed, at least one: the one that comes again most often is kept, of equals the first. */
  readonly symptoms: readonly [Symptom, ...Symptom[]];
  /** How often what is left is run to count how often it fails, if there is time. Default: 10. */
  readonly confirmations?: number;
  /** Of the simulation. */
  readonly seed: number;
  /** One run on the target. @throws {TimeIsOver} if nothing more can be run. */
  readonly run: (schedule: Schedule) => Promise<Run>;
  readonly budgetMs: number;
  readonly nowMs: () => number;
  /** Aborted: the simulation is left as well. */
  readonly signal?: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Minimised<Run extends Attempt> {
  readonly schedule: Schedule;
  /** The one that was kept. */
  readonly symptom: Symptom;
  /** The last run of exactly this schedule that showed the symptom. */
  readonly shown: Run;
  /** Of the schedule as it was, and of what is left of it: fresh runs, not those it was chosen by. */
  readonly before: Count;
  readonly after: Count;
  readonly isMinimal: boolean;
}

/** What each part may have taken of the whole time when it ends. */
const REPRODUCED_BY = 0.3;
const SHRUNK_BY = 0.8;
/** Failures that are enough to reckon with a rate, and attempts after which there is none. */
const FAILURES_ENOUGH = 3;
const REPRODUCE_MAX = 20;
const CONFIRMATIONS = 10;
/** Suggestions of the simulation that are tried on the target. */
const SUGGESTIONS_MAX = 3;
/** A run of the simulation is quick, but a long schedule with every defect of the model is not. */
const MODEL_SHARE = 0.1;

/** Undefined if it never showed the symptom again. */
export function minimise<Run extends Attempt>(
  options: MinimiseOptions<Run>,
): Promise<Minimised<Run> | undefined> {
  return new Minimising(options).toEnd();
}

class Minimising<Run extends Attempt> {
  readonly #options: MinimiseOptions<Run>;
  readonly #beganMs: number;
  #schedule: Schedule;
  #symptom: Symptom;
  #shown: Run | undefined;

  constructor(options: MinimiseOptions<Run>) {
    this.#options = options;
    this.#beganMs = options.nowMs();
    this.#schedule = options.schedule;
    this.#symptom = options.symptoms[0];
  }

  async toEnd(): Promise<Minimised<Run> | undefined> {
    const { say, confirmations = CONFIRMATIONS } = this.#options;
    const before = await this.#reproduce();
    if (before.attempts > 0) say(`shown again in ${runsText(before)}`);
    if (this.#shown === undefined) return undefined;
    const rate = reckonedRate(before.failures, before.attempts);
    await this.#trySuggestions(rate);
    const { isMinimal } = await this.#shrink(this.#schedule, rate);
    const after = await this.#count(confirmations);
    const [schedule, symptom, shown] = [this.#schedule, this.#symptom, this.#shown];
    // Where time was not enough to leave anything out, it has been counted already.
    const isCounted = after.attempts > 0 || schedule !== this.#options.schedule;
    return {
      schedule,
      symptom,
      shown,
      before,
      after: isCounted ? after : before,
      isMinimal,
    };
  }

  /** Settles which symptom is kept: one that was seen once, and by chance, would be waited for in vain. */
  async #reproduce(): Promise<Count> {
    const runs: Run[] = [];
    const shows = (symptom: Symptom): readonly Run[] =>
      runs.filter(({ findings }) => hasSymptom(findings, symptom));
    const add = (run: Run): void => {
      runs.push(run);
      for (const symptom of this.#options.symptoms) {
        if (shows(symptom).length > shows(this.#symptom).length) this.#symptom = symptom;
      }
    };
    const isEnough = (): boolean => {
      const failures = shows(this.#symptom).length;
      return (
        failures >= FAILURES_ENOUGH ||
        runs.length >= REPRODUCE_MAX ||
        // Without a single failure there is nothing to keep time for.
        this.#isPast(failures > 0 ? REPRODUCED_BY : 1)
      );
    };
    const unjudged = await this.#runUntil(isEnough, add);
    const failed = shows(this.#symptom);
    this.#shown = failed.at(-1);
    return { attempts: runs.length, failures: failed.length, unjudged };
  }

  /** Counts afresh how often what is left shows the symptom. */
  async #count(confirmations: number): Promise<Count> {
    let attempts = 0;
    let failures = 0;
    const add = (run: Run): void => {
      attempts += 1;
      if (!hasSymptom(run.findings, this.#symptom)) return;
      failures += 1;
      this.#shown = run;
    };
    const unjudged = await this.#runUntil(() => attempts >= confirmations || this.#isPast(1), add);
    return { attempts, failures, unjudged };
  }

  /**
   * Runs what is left at least once, if anything can be run at all, and until `isEnough`, or until too
   * many runs in a row could not be judged.
   * @param add told of those that could.
   * @returns how many could not.
   */
  async #runUntil(isEnough: () => boolean, add: (run: Run) => void): Promise<number> {
    let unjudged = 0;
    try {
      for (let inRow = 0; inRow < UNJUDGED_MAX;) {
        const run = await this.#options.run(this.#schedule);
        const isOne = isJudged(run);
        inRow = isOne ? 0 : inRow + 1;
        if (isOne) add(run);
        else unjudged += 1;
        if (isEnough()) break;
      }
    } catch (error) {
      if (!(error instanceof TimeIsOver)) throw error;
    }
    return unjudged;
  }

  /** The smallest suggestion that the target confirms is what shrinking goes on from. */
  async #trySuggestions(rate: number): Promise<void> {
    const { seed, nowMs, budgetMs, say, signal } = this.#options;
    const untilMs = nowMs() + budgetMs * MODEL_SHARE;
    const isOver = (): boolean => signal?.aborted === true || nowMs() >= untilMs;
    const suggestions = await shrinkInModel(this.#schedule, this.#symptom, seed, isOver);
    for (const { defect, schedule } of suggestions.slice(0, SUGGESTIONS_MAX)) {
      const tried = await this.#shrink(this.#schedule, rate, [schedule]);
      if (tried.runs === 0) return;
      const outcome = tried.schedule === schedule ? 'so does the target' : 'the target does not';
      say(
        `the simulation shows it by its defect ${defect} (${scheduleSize(schedule)}); ${outcome}`,
      );
      if (tried.schedule === schedule) return;
    }
  }

  async #shrink(
    schedule: Schedule,
    rate: number,
    candidates?: readonly Schedule[],
  ): Promise<Shrunk> {
    const { run } = this.#options;
    return shrink({
      schedule,
      symptom: this.#symptom,
      rate,
      run,
      isOver: () => this.#isPast(SHRUNK_BY),
      smaller: (smaller, shown) => {
        this.#schedule = smaller;
        this.#shown = shown;
      },
      ...(candidates !== undefined && { candidates }),
    });
  }

  #isPast(share: number): boolean {
    const { nowMs, budgetMs } = this.#options;
    return nowMs() - this.#beganMs >= budgetMs * share;
  }
}
