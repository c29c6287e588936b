/** The bundles in a folder: it is one itself, or they lie somewhere below, as in `.gauntlet/<run>`. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';

/** Any of them makes a folder a bundle, so that one that lost its manifest is told and not passed over. */
const FILES = ['manifest.json', 'history.jsonl', 'ledger.jsonl', 'findings.json', 'receipts.json'];
/** `.gauntlet/<run>/bundles/<scenario>` is three below the folder of all runs. */
const DEPTH_MAX = 4;

/** The control arm writes it beside the run's bundles, without a target: nothing in there is about one. */
const CONTROL = 'control';
const BUNDLES = 'bundles';

/**
 * In alphabetical order. Hidden folders hold what a writer left unfinished, and are passed over, as
 * is a control arm that nobody named.
 * @throws {UsageError} if there is none.
 */
export async function findBundles(folder: string): Promise<readonly string[]> {
  const found = await below(folder, DEPTH_MAX);
  if (found.length > 0) return found;
  throw new UsageError(
    `${folder} is no bundle and holds none: say a folder that a run wrote, such as .gauntlet/<run>/bundles`,
  );
}

async function below(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Whatever it is that has such a name: one that is no regular file is refused when it is read.
  if (entries.some((entry) => !entry.isDirectory() && FILES.includes(entry.name))) return [folder];
  if (depth === 0) return [];
  const isRun = entries.some(({ name }) => name === BUNDLES);
  const within = entries
    .filter(({ name }) => !name.startsWith('.') && !(isRun && name === CONTROL))
    .flatMap((entry) => {
      // A link may lead to a bundle, but is not searched any deeper: it may lead to where we came from.
      const left = entry.isDirectory() ? depth - 1 : entry.isSymbolicLink() ? 0 : undefined;
      return left === undefined ? [] : [{ path: join(folder, entry.name), left }];
    })
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  return (await Promise.all(within.map(({ path, left }) => below(path, left)))).flat();
}
