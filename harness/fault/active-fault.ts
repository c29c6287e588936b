/** A fault that is active. Its owner heals it; disposing it heals it too, once. */

import type { Receipt } from './receipt.ts';

export interface ActiveFault extends AsyncDisposable {
  /** The receipt as it stands; complete after `heal()`. */
  receipt(): Receipt;
  /** Idempotent; resolves when the heal is confirmed. @throws {OwnError} if it cannot be confirmed. */
  heal(): Promise<void>;
}

/** Where receipts go as they grow: one call per change, keyed by id. */
export interface ReceiptSink {
  put(receipt: Receipt): void;
  nextId(): string;
}
