/** Loads the module that a target file names. Ours are `.ts` in a checkout and `.js` in the installed package. */

import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../errors.ts';
import { packageRoot, programFile } from '../paths.ts';
import type { TargetModule } from './target-module.ts';

/** @throws {UsageError} when there is none, or it exports nothing that we can use. */
export async function loadTargetModule(path: string): Promise<TargetModule> {
  const file = candidates(path).find((candidate) => existsSync(candidate));
  if (file === undefined) throw new UsageError(`the target's module ${path} does not exist`);
  let loaded: unknown;
  try {
    loaded = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new UsageError(
      `the target's module ${file} cannot be loaded: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  if (typeof loaded === 'object' && loaded !== null) return loaded;
  throw new UsageError(`the target's module ${file} has no default export`);
}

function candidates(path: string): readonly string[] {
  const inPackage = relative(packageRoot, path);
  if (inPackage.startsWith('..')) return [resolve(path)];
  // Built, the data file stays where it was and its module lies under dist.
  return [programFile(inPackage.replace(/\.[jt]s$/, '')), resolve(path)];
}
