/** What a run was convicted of, without how often and where: two runs with one signature show one bug. */

import type { Judged } from './judge.ts';

/** "applied-once" or, where the check tells kinds apart, "applied-once/LOST"; sorted, each once. */
export function signatureOf({ findings }: Pick<Judged, 'findings'>): readonly string[] {
  const all = findings.map(({ check, anomaly }) =>
    anomaly === undefined ? check : `${check}/${anomaly}`,
  );
  return [...new Set(all)].sort();
}
