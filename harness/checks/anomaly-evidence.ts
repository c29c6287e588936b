/** How anomalies of the join become findings: which a check is about, and where to find what proves one. */

import { ledgerRef, opRef } from '../history/join.ts';
import type { Anomaly, AnomalyName } from '../oracle/anomaly.ts';
import type { Breach } from './judgement.ts';

export function breachOf<Name extends AnomalyName>(
  anomaly: Anomaly<Name>,
  message: string,
): Breach<Name> {
  const { name, operations, lines, events = [] } = anomaly;
  return {
    message,
    anomaly: name,
    evidence: [
      ...operations.map(opRef),
      ...events.map((seq) => `h${seq}`),
      ...lines.map(ledgerRef),
    ],
  };
}

/** Those of some names. */
export function named<Name extends AnomalyName>(
  anomalies: readonly Anomaly[],
  names: readonly Name[],
): readonly Anomaly<Name>[] {
  return anomalies.filter((one): one is Anomaly<Name> => names.some((name) => name === one.name));
}
