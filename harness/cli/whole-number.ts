/** Whole numbers on the command line, within bounds. */

import { InvalidArgumentError } from 'commander';

/** A parser for commander. @throws {InvalidArgumentError} outside [min, max]. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}
