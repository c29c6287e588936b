/**
 * Makes a schedule as small as possible while it still shows one symptom. A candidate that fails once
 * has failed; one that passes is believed only after as many clean runs as the rate of the failure
 * asks for. What a candidate shows instead is kept: it is another bug, or the same one otherwise.
 */

import type { Finding } from '../checks/check.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { PASSES } from './passes.ts';
import { cleanRunsNeeded } from './repetition.ts';
import { hasSymptom, type Symptom } from './symptom.ts';

/** One run of a candidate, with whatever else whoever ran it wants to know of it later. */
export interface Attempt {
  readonly findings: readonly Finding[];
}

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

export interface Shrunk<Run extends Attempt> {
  readonly schedule: Schedule;
  /** Whether nothing more could be left out; false if time was over before that was known. */
  readonly isMinimal: boolean;
  readonly candidates: number;
  readonly runs: number;
  /** Runs that were convicted of something, but not of the symptom. */
  readonly byCatch: readonly Run[];
}

export function shrink<Run extends Attempt>(options: ShrinkOptions<Run>): Promise<Shrunk<Run>> {
  return new Shrinking(options).toEnd();
}

/** Nothing more can be run: what was found by then is the result. */
export class TimeIsOver extends Error {}

class Shrinking<Run extends Attempt> {
  readonly #options: ShrinkOptions<Run>;
  readonly #tried = new Set<string>();
  readonly #byCatch: Run[] = [];
  #current: Schedule;
  #candidates = 0;
  #runs = 0;

  constructor(options: ShrinkOptions<Run>) {
    this.#options = options;
    this.#current = options.schedule;
    this.#tried.add(JSON.stringify(options.schedule));
  }

  async toEnd(): Promise<Shrunk<Run>> {
    const isMinimal = await this.#passes().catch((error: unknown) => {
      if (error instanceof TimeIsOver) return false;
      throw error;
    });
    return {
      schedule: this.#current,
      isMinimal,
      candidates: this.#candidates,
      runs: this.#runs,
      byCatch: this.#byCatch,
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
      for (const pass of PASSES) await pass(this.#current, (candidate) => this.#fails(candidate));
    }
    return true;
  }

  async #fails(candidate: Schedule): Promise<boolean> {
    const { rate, symptom, run, isOver, smaller } = this.#options;
    const text = JSON.stringify(candidate);
    // What was tried is the current one, or has passed.
    if (this.#tried.has(text)) return text === JSON.stringify(this.#current);
    this.#tried.add(text);
    this.#candidates += 1;
    for (let clean = 0; clean < cleanRunsNeeded(rate); clean += 1) {
      if (isOver()) throw new TimeIsOver();
      const attempt = await run(candidate);
      this.#runs += 1;
      if (hasSymptom(attempt.findings, symptom)) {
        this.#current = candidate;
        smaller?.(candidate, attempt);
        return true;
      }
      if (attempt.findings.length > 0) this.#byCatch.push(attempt);
    }
    return false;
  }
}
