import { readFileSync } from 'node:fs';
import { dataFile } from './paths.ts';

/** The version in our package.json. */
export function suiteVersion(): string {
  const manifest = JSON.parse(readFileSync(dataFile('package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
