/** Runs that were convicted of something else than what is looked for: their bundles are kept. */

import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ScenarioResult } from '../run/result.ts';
import { hasSymptom, type Symptom } from './symptom.ts';

/** Their folder. */
export const BY_CATCH = 'by-catch';

/**
 * Moves them out of the folder of the search, all that were convicted where nothing is kept.
 * @returns where they are now.
 */
export async function keepByCatch(
  out: string,
  results: readonly ScenarioResult[],
  kept: Symptom | undefined,
): Promise<readonly string[]> {
  const found = results.flatMap(({ findings, bundle }) =>
    bundle === undefined || findings.length === 0 || (kept && hasSymptom(findings, kept))
      ? []
      : [bundle],
  );
  if (found.length > 0) await mkdir(join(out, BY_CATCH));
  return Promise.all(
    found.map(async (step) => {
      const bundle = join(out, BY_CATCH, basename(step));
      await rename(step, bundle);
      return bundle;
    }),
  );
}
