/** One fault from request to heal: carries it out and writes its receipt as it goes. */

import { nowMs } from '../lifecycle/clock.ts';
import type { ActiveFault, ReceiptSink } from './active-fault.ts';
import type { FaultKind, Receipt } from './receipt.ts';

/** How a fault is carried out and undone; each resolves to what confirmed it, in words. */
export interface FaultWork {
  strike(id: string): Promise<readonly string[]>;
  heal(id: string): Promise<readonly string[]>;
}

export interface FaultAbout {
  readonly kind: FaultKind;
  readonly upstream: string;
}

/** Resolves once the fault is active. A strike that fails is undone, and leaves a receipt without acknowledgement. */
export async function strike(
  about: FaultAbout,
  work: FaultWork,
  sink: ReceiptSink,
): Promise<ActiveFault> {
  const fault = new StruckFault(about, work, sink);
  await fault.begin();
  return fault;
}

class StruckFault implements ActiveFault {
  readonly #work: FaultWork;
  readonly #sink: ReceiptSink;
  #receipt: Receipt;
  #healing: Promise<void> | undefined;

  constructor(about: FaultAbout, work: FaultWork, sink: ReceiptSink) {
    this.#work = work;
    this.#sink = sink;
    this.#receipt = { ...about, id: sink.nextId(), requestedAtMs: nowMs(), seen: [] };
  }

  async begin(): Promise<void> {
    this.#sink.put(this.#receipt);
    try {
      const seen = await this.#work.strike(this.#receipt.id);
      this.#grow({ acknowledgedAtMs: nowMs(), seen });
    } catch (error) {
      // The first failure is the one to tell; a half-made fault may have nothing to undo.
      await this.heal().catch(() => undefined);
      throw error;
    }
  }

  receipt(): Receipt {
    return this.#receipt;
  }

  heal(): Promise<void> {
    this.#healing ??= this.#heal();
    return this.#healing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.heal();
  }

  async #heal(): Promise<void> {
    this.#grow({ healRequestedAtMs: nowMs() });
    const seen = await this.#work.heal(this.#receipt.id);
    this.#grow({ healedAtMs: nowMs(), seen: [...this.#receipt.seen, ...seen] });
  }

  #grow(change: Partial<Receipt>): void {
    this.#receipt = { ...this.#receipt, ...change };
    this.#sink.put(this.#receipt);
  }
}
