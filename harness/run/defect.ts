/** The seeded bugs of the reference gateway, as the data file names them. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { dataFile } from '../paths.ts';
import type { ScenarioResult } from './result.ts';

const defectsSchema = z.array(
  z.strictObject({
    name: z.string(),
    title: z.string(),
    check: z.string(),
    scenarios: z.array(z.string()).min(1),
    /** Why no storm can find it, in one sentence. */
    beyondStorms: z.string().min(1).optional(),
    /** Why what a storm's find is shrunk to may stay larger than 3 operations and 1 fault, in one sentence. */
    largeReproducer: z.string().min(1).optional(),
  }),
);

export type Defect = z.infer<typeof defectsSchema>[number];

export async function loadDefects(): Promise<readonly Defect[]> {
  const text = await readFile(dataFile('fixtures/defects/defects.json'), 'utf8');
  return defectsSchema.parse(JSON.parse(text));
}

/** Whether these results convict the defect: by the check that it names, whatever else fired. */
export function conviction(
  defect: Defect,
  results: readonly ScenarioResult[],
): { readonly isConvicted: boolean; readonly fired: readonly string[] } {
  const fired = [
    ...new Set(results.flatMap(({ findings }) => findings.map(({ check }) => check))),
  ].sort();
  return { isConvicted: fired.includes(defect.check), fired };
}
