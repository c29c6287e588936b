/** How long a storm may take, which is never so short that nothing could happen in it. */

import { UsageError } from '../errors.ts';
import { durationMs } from './duration.ts';

/** One schedule takes about as long. */
const MIN_MS = 1_000;

/** @param budget as it was given, such as "90s". @throws {UsageError} if it is not enough for one schedule. */
export function stormBudgetMs(budget: string): number {
  const ms = durationMs(budget);
  if (ms >= MIN_MS) return ms;
  throw new UsageError(
    `--budget ${budget} is too small to do anything: one schedule takes about a second, so give 1s or more`,
  );
}
