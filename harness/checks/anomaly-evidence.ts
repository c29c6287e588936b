/** How an anomaly of the join stands in a finding: its name, and where to find what proves it. */

import { ledgerRef, opRef } from '../history/join.ts';
import type { Anomaly } from '../oracle/anomaly.ts';
import type { Breach } from './judgement.ts';

export function breachOf(anomaly: Anomaly, message: string): Breach {
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
