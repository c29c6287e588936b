/**
 * The online check of one session whose calls follow one another: with `acks` acknowledged and
 * `unknown` undecided increments so far, an acknowledged increment must return at least one more
 * than the last value and at least `acks`, and at most `acks + unknown`. For sequential sessions
 * these bounds are exact, and they cost three numbers a session.
 */

export interface CounterAnswer {
  readonly value?: unknown;
  readonly opId?: unknown;
  readonly nonce?: unknown;
  readonly epoch?: unknown;
}

export class OwnCounter {
  #acks = 0;
  #unknown = 0;
  #last = 0;
  #nonce = '';
  #epoch = '';
  readonly #mayMove: boolean;

  /** @param mayMove the target claims to lose state silently: a session may begin again by itself. */
  constructor(mayMove = false) {
    this.#mayMove = mayMove;
  }

  get last(): number {
    return this.#last;
  }

  get nonce(): string {
    return this.#nonce;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** An increment whose fate nobody told. */
  undecided(): void {
    this.#unknown += 1;
  }

  /** What is wrong with this answer to the increment `opId`, in one sentence; undefined: nothing. */
  acknowledged(opId: string, answer: CounterAnswer): string | undefined {
    this.#acks += 1;
    const { value, nonce, epoch } = answer;
    if (answer.opId !== opId) return `asked as ${opId}, answered as ${String(answer.opId)}`;
    if (typeof value !== 'number') return `${opId} was answered without a value`;
    const changed = this.#homeChanged(nonce, epoch);
    if (changed !== undefined) return changed;
    const min = Math.max(this.#last + 1, this.#acks);
    const max = this.#acks + this.#unknown;
    this.#last = value;
    if (value >= min && value <= max) return undefined;
    // From here on it is judged by what it is now: one deviation is told once.
    this.#acks = value;
    this.#unknown = 0;
    return `${opId} was answered ${value}, which is not within ${min} to ${max}`;
  }

  #homeChanged(nonce: unknown, epoch: unknown): string | undefined {
    if (typeof nonce !== 'string' || typeof epoch !== 'string') return 'no nonce in the answer';
    const before = this.#nonce;
    const same = before === '' || (before === nonce && this.#epoch === epoch);
    this.#nonce = nonce;
    this.#epoch = epoch;
    if (same) return undefined;
    if (!this.#mayMove) return `the session moved from ${before} to ${nonce} and nobody told`;
    this.#acks = 1;
    this.#last = 0;
    return undefined;
  }
}
