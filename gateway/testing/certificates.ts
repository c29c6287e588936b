/** Certificates and keys for tests, as PEM text; `certificates/make.sh` says how they were made. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Its path, for configurations that name files. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`certificates/${name}`, import.meta.url));
}

export function pem(name: string): string {
  return readFileSync(pathOf(name), 'utf8');
}
