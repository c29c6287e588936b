/** What green verdicts are worth, in words. */

import type { Power } from '../run/power.ts';

/** Beside one verdict: "2 unknown, detects 4.1 %". */
export function worthText({ unknown, detectable95 }: Power): string {
  const open = unknown === 0 ? '' : `${unknown} unknown, `;
  return `${open}detects ${percent(detectable95)}`;
}

/** Below a whole run. */
export function runWorthText({ judged, unknown, detectable95 }: Power): string {
  return (
    `the green verdicts rest on ${judged.toLocaleString('en')} calls with a known outcome ` +
    `(${unknown.toLocaleString('en')} unknown): a defect in ${percent(detectable95)} of calls ` +
    'would have shown with 95 %'
  );
}

/** A share from 0 to 1 as people read it, in two significant digits: "0.018 %", "4.1 %", "100 %". */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 99.5 ? '100' : value >= 10 ? value.toFixed(0) : Number(value.toPrecision(2))} %`;
}
