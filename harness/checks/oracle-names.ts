/** Every name that the oracle has for what is wrong with counters and their clients' calls. */

import { ANOMALIES, type AnomalyName } from '../oracle/anomaly.ts';
import type { CounterAnomaly } from '../oracle/counter-history.ts';

export type OracleName = AnomalyName | CounterAnomaly;

/** A record, so that a name which is added to the type and not here does not compile. */
const OF_COUNTERS: Readonly<Record<CounterAnomaly, true>> = {
  DUP_VALUE: true,
  ORDER: true,
  SPLIT: true,
  UNEXPLAINED_INCREMENT: true,
  DUPLICATE: true,
  LOST_INCREMENT: true,
};

export const ORACLE_NAMES = [
  ...new Set([...Object.keys(ANOMALIES), ...Object.keys(OF_COUNTERS)]),
] as readonly OracleName[];
