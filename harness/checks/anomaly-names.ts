/** Every name that a finding's anomaly can have, for those who have to spell one. */

import { TARGET_DIED } from './check.ts';
import { ANOMALIES } from '../oracle/anomaly.ts';
import type { CounterAnomaly } from '../oracle/counter-history.ts';

/** A record, so that a name which is added to the type and not here does not compile. */
const OF_COUNTERS: Readonly<Record<CounterAnomaly, true>> = {
  DUP_VALUE: true,
  ORDER: true,
  SPLIT: true,
  UNEXPLAINED_INCREMENT: true,
  DUPLICATE: true,
  LOST_INCREMENT: true,
};

export const ANOMALY_NAMES: readonly string[] = [
  ...new Set([...Object.keys(ANOMALIES), ...Object.keys(OF_COUNTERS), TARGET_DIED]),
];
