/** What shrinking leaves: one bundle of the smallest schedule, and those of runs that showed something else. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redactor } from '../report/redact.ts';
import type { Bundle, Reproduction } from '../run/bundle.ts';
import { readBundle } from '../run/read-bundle.ts';
import type { ScenarioResult } from '../run/result.ts';
import { writeBundle } from '../run/write-bundle.ts';
import type { Minimised } from './minimise.ts';
import { wilson95, type Count } from './repetition.ts';
import { hasSymptom } from './symptom.ts';

const NAME = 'shrunk';

export interface Kept {
  /** The bundle of the smallest schedule. */
  readonly bundle: string;
  /** Bundles of candidates that were convicted of something else. */
  readonly byCatch: readonly string[];
}

/**
 * @param parent the name of the bundle whose schedule was shrunk.
 * @param results every run's; the bundles of those that were only steps on the way are removed.
 */
export async function keepShrunk(
  out: string,
  parent: string,
  small: Minimised<ScenarioResult>,
  results: readonly ScenarioResult[],
  redactor: Redactor,
): Promise<Kept> {
  const bundle = join(out, NAME);
  const shown = await readBundle(small.shown.bundle ?? '');
  const reproduction = reproductionOf(small.after);
  const shrunk: Bundle = { ...shown, schedule: small.schedule, parent, reproduction };
  await writeBundle(bundle, shrunk, redactor);
  const byCatch = bundlesOf(
    results.filter(({ findings }) => findings.length > 0 && !hasSymptom(findings, small.symptom)),
  );
  for (const step of bundlesOf(results)) {
    if (!byCatch.includes(step)) await rm(step, { recursive: true, force: true });
  }
  return { bundle, byCatch };
}

export function reproductionOf({ attempts, failures }: Count): Reproduction {
  return { attempts, failures, wilson95: wilson95(failures, attempts) };
}

function bundlesOf(results: readonly ScenarioResult[]): readonly string[] {
  return results.flatMap(({ bundle }) => (bundle === undefined ? [] : [bundle]));
}
