/** Why a search ended with nothing, in a few words. */

import type { ScenarioResult } from '../run/result.ts';
import { hasSymptom, type Symptom } from './symptom.ts';

/** @param results as they stand after the last look at the ledgers, which no search can wait for. */
export function whyNotShown(
  results: readonly ScenarioResult[],
  symptoms: readonly Symptom[],
): string {
  const isLate = results.some(({ findings }) =>
    symptoms.some((symptom) => hasSymptom(findings, symptom)),
  );
  if (isLate)
    return 'only the last look at the ledgers showed it again, after the search had ended';
  const reason = results.find((result) => result.reason !== undefined)?.reason;
  return `no run showed it again${reason === undefined ? '' : ` (${reason})`}`;
}
