/** Which calls of the fixture's tools change a counter, and which say what it stands at. */

import type { Operation } from './operation.ts';

/** Tools whose calls may add one, whatever their caller is told. */
const INCREMENTING: ReadonlySet<string | undefined> = new Set([
  'increment',
  'slow_increment',
  'break',
  'hang',
]);

/** A call that was asked to apply nothing explains no application. */
export function mayIncrement({ invoke }: Operation): boolean {
  return INCREMENTING.has(invoke.tool) && invoke.apply !== 'never';
}

/** "break" and "hang" apply nothing where they are asked not to; these always do. */
export function alwaysIncrements({ invoke }: Operation): boolean {
  return invoke.tool === 'increment' || invoke.tool === 'slow_increment';
}

/** The value of the counter that a successful answer to this call gave; undefined where it gave none. */
export function toldValue(operation: Operation): number | undefined {
  const { invoke, outcome } = operation;
  if (outcome === undefined || !(alwaysIncrements(operation) || invoke.tool === 'get')) {
    return undefined;
  }
  const value = outcome.payload?.['value'];
  return typeof value === 'number' ? value : undefined;
}
