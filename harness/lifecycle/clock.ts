/**
 * The one clock of a run: CLOCK_MONOTONIC, in milliseconds with microsecond digits.
 * All processes of one machine read the same value, so that history, ledger and receipts compare.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
