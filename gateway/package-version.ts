/** The version of the package that this file is part of, in a checkout and installed alike. */

import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

export function packageVersion(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) return 'unknown';
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
