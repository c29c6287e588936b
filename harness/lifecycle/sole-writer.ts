/** A folder or a file that one process at a time writes to: a second one is sent away before it does harm. */

import { UsageError } from '../errors.ts';
import { takeProcessLock } from './process-lock.ts';

/**
 * @param path what is written to, as the user knows it.
 * @param lockFile in a folder that exists; gone when this is disposed.
 * @throws {UsageError} if another living process writes there, or nothing can be written.
 */
export async function soleWriter(path: string, lockFile: string): Promise<AsyncDisposable> {
  const taken = await takeProcessLock(lockFile).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${lockFile} cannot be written: ${cause.code ?? cause.message}`, {
      cause,
    });
  });
  if ('lock' in taken) return taken.lock;
  throw new UsageError(
    `process ${taken.holder} writes to ${path}: wait for its end or name another folder with --out; if there is no such process, remove ${lockFile}`,
  );
}
