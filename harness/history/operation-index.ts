/**
 * Operations by their opId. Upstreams see calls in nearly the order in which they were sent, so that
 * most are found a few steps from the last one; the table of all of them is made when one is not.
 */

import type { Operation } from './operation.ts';

/** How far around the last one is looked, in operations. */
const NEAR = 16;

export class OperationIndex {
  readonly #operations: readonly Operation[];
  #table: Map<string, number> | undefined;
  #last = 0;

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
  }

  /** -1 for an opId that nobody issued; each is issued once. */
  of(opId: string): number {
    this.#table ??= this.#tabulate();
    return this.#table.get(opId) ?? -1;
  }

  /** The same, for one line of a ledger after the other. */
  near(opId: string): number {
    if (this.#table !== undefined) return this.of(opId);
    for (let step = 0; step <= NEAR; step += 1) {
      for (const index of [this.#last + step, this.#last - step]) {
        if (this.#operations[index]?.invoke.opId === opId) return (this.#last = index);
      }
    }
    return this.of(opId);
  }

  #tabulate(): Map<string, number> {
    const table = new Map<string, number>();
    for (let index = 0; index < this.#operations.length; index += 1) {
      const { opId } = (this.#operations[index] as Operation).invoke;
      if (opId !== undefined) table.set(opId, index);
    }
    return table;
  }
}
