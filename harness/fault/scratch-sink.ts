/** A sink that keeps the newest state of each receipt; for faults outside of any scenario, and for tests. */

import type { ReceiptSink } from './active-fault.ts';
import type { Receipt } from './receipt.ts';

export class ScratchSink implements ReceiptSink {
  readonly #receipts = new Map<string, Receipt>();
  #next = 1;

  put(receipt: Receipt): void {
    this.#receipts.set(receipt.id, receipt);
  }

  nextId(): string {
    return `f${this.#next++}`;
  }

  get receipts(): readonly Receipt[] {
    return [...this.#receipts.values()];
  }
}
