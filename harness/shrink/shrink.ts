/**
 * Makes a schedule as small as possible while it still shows one symptom. A candidate that fails once
 * has failed; one that passes is believed only after as many clean runs as the rate of the failure
 * asks for. A run that could not be judged is neither, and is repeated.
 */

import type { Schedule } from '../schedule/schedule.ts';
import { isJudged, TimeIsOver, UNJUDGED_MAX, type Attempt } from './attempt.ts';
import { PASSES } from './passes.ts';
import { cleanRunsNeeded } from './repetition.ts';
import { hasSymptom, type Symptom } from './symptom.ts';

export interface ShrinkOptions<Run extends Attempt> {
  /** It is known to show the symptom. */
  readonly schedule: Schedule;
  readonly symptom: Symptom;
  /** How often a run of it shows the symptom, from 0 to 1; 1 where runs are deterministic. */
  readonly rate: number;
  readonly run: (candidate: Schedule) => Promise<Run>;
  /** Asked before every run: whether time is over. */
  readonly isOver: () => boolean;
  /** Only these are tried, the first that shows the symptom is taken. Default: whatever leaves something out. */
  readonly candidates?: readonly Schedule[];
  /** Told of every schedule that is smaller and still shows the symptom, and of the run that did. */
  readonly smaller?: (schedule: Schedule, run: Run) => void;
}

export interface Shrunk {
  readonly schedule: Schedule;
  /** Whether nothing more could be left out; false if time was over before that was known, or something could not be judged. */
  readonly isMinimal: boolean;
  readonly candidates: number;
  readonly runs: number;
}

export function shrink<Run extends Attempt>(options: ShrinkOptions<Run>): Promise<Shrunk> {
  return new Shrinking(options).toEnd();
}

class Shrinking<Run extends Attempt> {
  readonly #options: ShrinkOptions<Run>;
  readonly #tried = new Set<string>();
  #current: Schedule;
  /** Of the candidates of this round, whether each showed it or was clean often enough. */
  #isAllKnown = true;
  #candidates = 0;
  #runs = 0;

  constructor(options: ShrinkOptions<Run>) {
    this.#options = options;
    this.#current = options.schedule;
    this.#tried.add(JSON.stringify(options.schedule));
  }

  async toEnd(): Promise<Shrunk> {
    const isMinimal = await this.#passes().catch((error: unknown) => {
      if (error instanceof TimeIsOver) return false;
      throw error;
    });
    return {
      schedule: this.#current,
      isMinimal,
      candidates: this.#candidates,
      runs: this.#runs,
    };
  }

  /** What one pass leaves out may let an earlier one leave out more, so all begin again until none does. */
  async #passes(): Promise<boolean> {
    for (const candidate of this.#options.candidates ?? []) {
      if (await this.#fails(candidate)) break;
    }
    if (this.#options.candidates !== undefined) return false;
    for (let before: Schedule | undefined; before !== this.#current;) {
      before = this.#current;
      this.#isAllKnown = true;
      for (const pass of PASSES) await pass(this.#current, (candidate) => this.#fails(candidate));
    }
    return this.#isAllKnown;
  }

  async #fails(candidate: Schedule): Promise<boolean> {
    const { rate, symptom, run, isOver, smaller } = this.#options;
    const text = JSON.stringify(candidate);
    // What was tried is the current one, or has passed.
    if (this.#tried.has(text)) return text === JSON.stringify(this.#current);
    this.#tried.add(text);
    this.#candidates += 1;
    for (let clean = 0, unjudged = 0; clean < cleanRunsNeeded(rate);) {
      if (isOver()) throw new TimeIsOver();
      const attempt = await run(candidate);
      this.#runs += 1;
      if (hasSymptom(attempt.findings, symptom)) {
        this.#current = candidate;
        smaller?.(candidate, attempt);
        return true;
      }
      if (isJudged(attempt)) [clean, unjudged] = [clean + 1, 0];
      else if (++unjudged >= UNJUDGED_MAX) return this.#leaveOpen(text);
    }
    return false;
  }

  /** It is not taken, and may be tried again. */
  #leaveOpen(text: string): false {
    this.#isAllKnown = false;
    this.#tried.delete(text);
    return false;
  }
}
