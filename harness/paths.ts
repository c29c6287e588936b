/**
 * Where things lie, in a checkout and in an installed package alike: programs are modules beside
 * this one (`.ts` in a checkout, `.js` under dist), data files lie under the package's root.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
/** The folder of `harness` and `gateway`. */
export const programRoot = dirname(dirname(here));
const extension = here.endsWith('.ts') ? '.ts' : '.js';

/** The folder of package.json. */
export const packageRoot = existsSync(join(programRoot, 'package.json'))
  ? programRoot
  : dirname(programRoot);

/** A program of ours to start with Node: `programFile('gateway/main')`. */
export function programFile(name: string): string {
  return join(programRoot, `${name}${extension}`);
}

/** A data file that is shipped as it is: `dataFile('fixtures/targets/reference.yaml')`. */
export function dataFile(name: string): string {
  return join(packageRoot, name);
}
