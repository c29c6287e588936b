/** Durations on the command line: a number and a unit, because "30" says nothing. */

import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "1500ms", "90s", "5m", "1.5h" in milliseconds. @throws {InvalidArgumentError} for anything else, and for zero. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN));
  // setTimeout fires at once above 2^31 - 1.
  if (milliseconds >= 1 && milliseconds < 2 ** 31) return milliseconds;
  throw new InvalidArgumentError(
    'Give a number that is more than 0 and a unit: 1500ms, 90s, 5m or 2h.',
  );
}

/** The text as it was given, once it is known to be a duration: a command that repeats a run says it again. */
export function checkedDuration(text: string): string {
  durationMs(text);
  return text;
}
