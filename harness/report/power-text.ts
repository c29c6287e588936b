/** What green verdicts are worth, in words. */

import type { CheckPower, Power, RunPower } from '../run/power.ts';

/** Beside one verdict: "2 unknown, detects 4.1 % (own-counter)". */
export function worthText({ unknown, ...power }: Power): string {
  return `${unknown === 0 ? '' : `${unknown} unknown, `}detects ${detectsText(power)}`;
}

/** "4.1 % (own-counter)" */
export function detectsText({ check, detectable95 }: CheckPower): string {
  return `${percent(detectable95)}${check === undefined ? '' : ` (${check})`}`;
}

/** Below a whole run: what looked at most, and what looked at least. */
export function runWorthText({ checks, unknown }: RunPower): string {
  const [least, most] = [checks[0], checks.at(-1)];
  if (least === undefined || most === undefined) return 'nothing was looked at';
  const { judged, detectable95, check } = least;
  const also =
    judged === most.judged
      ? ''
      : `, and for ${check}, which looked at least, in ${percent(detectable95)} of ${number(judged)}`;
  const open = unknown === 0 ? '' : `; the outcome of ${number(unknown)} calls is unknown`;
  return (
    `the green verdicts would have shown with 95 % a defect in ${percent(most.detectable95)} of the ` +
    `${number(most.judged)} things that ${most.check} looked at${also}${open}`
  );
}

function number(count: number): string {
  return count.toLocaleString('en');
}

/** A share from 0 to 1 as people read it, in two significant digits: "0.018 %", "4.1 %", "100 %". */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 99.5 ? '100' : value >= 10 ? value.toFixed(0) : Number(value.toPrecision(2))} %`;
}
