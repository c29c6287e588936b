/** Whether a run says anything: what others do on the gateway's core is paid for by its caches. */

import type { SpeedRow } from './result.ts';

const QUIET = 0.15;

/** What others typically took of the gateway's core, from 0 to 1. */
export function disturbanceOf(speed: readonly SpeedRow[]): number {
  return speed.reduce((sum, { median }) => sum + median.disturbance, 0) / speed.length;
}

export function isQuiet(speed: readonly SpeedRow[]): boolean {
  return disturbanceOf(speed) <= QUIET;
}
