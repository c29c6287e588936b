/**
 * The exact counter check for a session whose calls follow one another, in four numbers and no
 * memory: what k6 runs for every one of its users. Where one call is in flight at a time, an
 * increment without an answer is the only thing that is open, and it can have been applied at any
 * time since; so each answer has a lowest and a highest possible value, and they are exact.
 */

export interface PossibleValues {
  readonly min: number;
  readonly max: number;
}

export class OnlineCounter {
  #acknowledged = 0;
  #undecided = 0;
  /** What the counter has reached at least: every acknowledged increment took it one further. */
  #least = 0;
  #last = 0;

  /** The last value that was told. */
  get last(): number {
    return this.#last;
  }

  /** An increment whose fate nobody told. */
  undecided(): void {
    this.#undecided += 1;
  }

  /** An increment was answered, and the answer does not say with which value. */
  acknowledged(): void {
    this.#acknowledged += 1;
    this.#least += 1;
  }

  /** An increment was answered with this value. @returns what it could have been; undefined if it is among that. */
  incremented(value: number): PossibleValues | undefined {
    this.#acknowledged += 1;
    return this.#told(value, this.#least + 1);
  }

  /** A read was answered with this value. @returns like `incremented`. */
  read(value: number): PossibleValues | undefined {
    return this.#told(value, this.#least);
  }

  #told(value: number, least: number): PossibleValues | undefined {
    const max = this.#acknowledged + this.#undecided;
    this.#least = value;
    this.#last = value;
    if (Number.isInteger(value) && value >= least && value <= max) return undefined;
    // From here on it is judged by what it is now: one deviation is told once.
    this.#acknowledged = value;
    this.#undecided = 0;
    return { min: least, max };
  }
}
