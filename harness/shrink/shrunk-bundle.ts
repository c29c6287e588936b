/** What shrinking leaves: a bundle of the smallest schedule, which says how often it fails. */

import { join } from 'node:path';
import type { Redactor } from '../report/redact.ts';
import type { Bundle, Reproduction } from '../run/bundle.ts';
import { readBundle } from '../run/read-bundle.ts';
import type { ScenarioResult } from '../run/result.ts';
import { writeBundle } from '../run/write-bundle.ts';
import type { Minimised } from './minimise.ts';
import { wilson95, type Count } from './repetition.ts';

/** Its folder. */
export const SHRUNK = 'shrunk';

/**
 * @param parent the name of the bundle whose schedule was shrunk.
 * @returns where it is.
 */
export async function keepShrunk(
  out: string,
  parent: string,
  small: Minimised<ScenarioResult>,
  redactor: Redactor,
): Promise<string> {
  const directory = join(out, SHRUNK);
  const shown = await readBundle(small.shown.bundle ?? '');
  const reproduction = reproductionOf(small.after);
  const shrunk: Bundle = { ...shown, schedule: small.schedule, parent, reproduction };
  await writeBundle(directory, shrunk, redactor);
  return directory;
}

export function reproductionOf({ attempts, failures }: Count): Reproduction {
  return { attempts, failures, wilson95: wilson95(failures, attempts) };
}
