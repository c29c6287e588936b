import { describeExit } from '../lifecycle/describe-exit.ts';
import type { ProcessExit } from '../lifecycle/owned-process.ts';

/** @param death with its time from the beginning of what it ended in, in milliseconds. */
export function describeDeath(
  death: Pick<ProcessExit, 'code' | 'signal'> & { readonly afterMs: number },
): string {
  return `the target ended by itself with ${describeExit(death)} after ${Math.round(death.afterMs)} ms`;
}
