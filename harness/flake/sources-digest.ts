/**
 * What the suite and the reference gateway are made of, as one short digest: runs of one version are
 * no evidence for another, and a version number does not change with every change.
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programRoot } from '../paths.ts';

const FOLDERS = ['fixtures', 'gateway', 'harness', 'scenarios'];
const SOURCE = /\.(?:ts|js|json|ya?ml)$/;
const LEFT_OUT = /(?:\.test|-for-test|\.d)\.[jt]s$/;
const DIGEST_LENGTH = 12;

export async function sourcesDigest(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const names = await readdir(join(programRoot, folder), { recursive: true });
    const sources = names.filter((name) => SOURCE.test(name) && !LEFT_OUT.test(name)).toSorted();
    for (const name of sources) {
      hash.update(`\0${folder}/${name}\0`);
      hash.update(await readFile(join(programRoot, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, DIGEST_LENGTH);
}
