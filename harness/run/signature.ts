/** What a run was convicted of, without how often and where: two runs with one signature show one bug. */

import type { Finding } from '../checks/check.ts';
import type { Judged } from './judge.ts';

/** Sorted, each once. */
export function signatureOf({ findings }: Pick<Judged, 'findings'>): readonly string[] {
  return [...new Set(findings.map(nameOf))].sort();
}

/** "applied-once" or, where the check tells kinds apart, "applied-once/LOST". */
export function nameOf({ check, anomaly }: Pick<Finding, 'check' | 'anomaly'>): string {
  return anomaly === undefined ? check : `${check}/${anomaly}`;
}
