/** Paths that a run will write to, tried before it begins: an hour's run must not end with EACCES. */

import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';

/** Makes the folder. @throws {UsageError} if nothing can be written into it. */
export async function writableFolder(option: string, folder: string): Promise<string> {
  refuseEmpty(option, folder);
  const path = resolve(folder);
  try {
    await makeFolder(path);
    const probe = join(path, `.write-probe.${process.pid}`);
    const handle = await open(probe, 'w');
    await handle.close();
    await rm(probe);
    return path;
  } catch (cause) {
    throw new UsageError(`${option} ${folder} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** Makes the file's folder and leaves the file as it is. @throws {UsageError} if it cannot be written. */
export async function writableFile(option: string, file: string): Promise<string> {
  refuseEmpty(option, file);
  const path = resolve(file);
  const known = await stat(path).catch(() => undefined);
  if (known?.isDirectory() === true) {
    throw new UsageError(`${option} ${file} cannot be written: it is a folder`);
  }
  try {
    if (known === undefined || known.isFile()) await writableFolder(option, dirname(path));
    if (known !== undefined) await (await open(path, 'a')).close();
    return path;
  } catch (cause) {
    throw new UsageError(`${option} ${file} cannot be written: ${reasonOf(cause)}`, { cause });
  }
}

/** It would be the working directory: a variable that is not set, most likely. */
function refuseEmpty(option: string, path: string): void {
  if (path === '') throw new UsageError(`${option} is empty: give it a path`);
}

function reasonOf(error: unknown): string {
  if (error instanceof UsageError) return reasonOf(error.cause);
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** One folder after the other: Node's own recursive mkdir never returns below /proc (seen on 20 and 24). */
async function makeFolder(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path);
}
