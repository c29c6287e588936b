/**
 * One user's counter as k6 checks it on the spot: every answer is the one to its own call, comes from
 * the same home, and has a value that the exact check of sequential sessions allows.
 */

import { OnlineCounter } from '../../../harness/oracle/online-counter.ts';

export interface CounterAnswer {
  readonly value?: unknown;
  readonly opId?: unknown;
  readonly nonce?: unknown;
  readonly epoch?: unknown;
}

export class OwnCounter {
  #counter = new OnlineCounter();
  #nonce = '';
  #epoch = '';
  readonly #mayMove: boolean;

  /** @param mayMove the target claims to lose state silently: a session may begin again by itself. */
  constructor(mayMove = false) {
    this.#mayMove = mayMove;
  }

  get last(): number {
    return this.#counter.last;
  }

  get nonce(): string {
    return this.#nonce;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** An increment whose fate nobody told. */
  undecided(): void {
    this.#counter.undecided();
  }

  /** What is wrong with this answer to the increment `opId`, in one sentence; undefined: nothing. */
  acknowledged(opId: string, answer: CounterAnswer): string | undefined {
    const { value, nonce, epoch } = answer;
    if (answer.opId !== opId || typeof value !== 'number') this.#counter.acknowledged();
    if (answer.opId !== opId) return `asked as ${opId}, answered as ${String(answer.opId)}`;
    if (typeof value !== 'number') return `${opId} was answered without a value`;
    const changed = this.#homeChanged(nonce, epoch);
    const possible = this.#counter.incremented(value);
    if (changed !== undefined) return changed;
    if (possible === undefined) return undefined;
    return `${opId} was answered ${value}, which is not within ${possible.min} to ${possible.max}`;
  }

  #homeChanged(nonce: unknown, epoch: unknown): string | undefined {
    if (typeof nonce !== 'string' || typeof epoch !== 'string') return 'no nonce in the answer';
    const before = this.#nonce;
    const same = before === '' || (before === nonce && this.#epoch === epoch);
    this.#nonce = nonce;
    this.#epoch = epoch;
    if (same) return undefined;
    if (!this.#mayMove) return `the session moved from ${before} to ${nonce} and nobody told`;
    this.#counter = new OnlineCounter();
    return undefined;
  }
}
