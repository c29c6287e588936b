/** Where a shrunk bundle may go: it replaces nothing that is there, least of all what it was shrunk from. */

import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UsageError } from '../errors.ts';
import { BY_CATCH } from '../shrink/by-catch.ts';
import { SHRUNK } from '../shrink/shrunk-bundle.ts';

/**
 * @param folder the bundle that is to be shrunk.
 * @param out as it was given; a folder of our own choosing is a new one in the working directory.
 * @throws {UsageError} if anything is in the way there.
 */
export async function requireRoom(folder: string, out: string | undefined): Promise<void> {
  const within = relative(await leadsTo(folder), await leadsTo(out ?? '.'));
  if (within.split(sep)[0] !== '..') {
    throw new UsageError(
      `what is shrunk would be written into the bundle ${folder} itself: give another folder with --out`,
    );
  }
  if (out === undefined) return;
  for (const name of [SHRUNK, BY_CATCH]) {
    if (!(await isThere(join(out, name)))) continue;
    throw new UsageError(
      `--out ${out} holds "${name}" already, which is never replaced: give another folder`,
    );
  }
}

/** Through all links, as far as there is anything. */
async function leadsTo(path: string): Promise<string> {
  return realpath(path).catch(async () =>
    dirname(path) === path ? path : join(await leadsTo(dirname(path)), basename(path)),
  );
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
