/**
 * One builder at a time: two runs that start together on a fresh clone would compile the same program twice on two cores.
 * The lock is a file that holds the builder's process id. It saves work and nothing depends on it: a finished program is
 * renamed into place, so that even two builders at once do no harm.
 */

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { until } from '../lifecycle/deadline.ts';

const WAIT_MS = 600_000;

/** Waits until no living process holds `file`, then holds it until disposed. `onWait` is told once whose turn it is. */
export async function buildLock(
  file: string,
  onWait: (pid: number) => void,
  signal?: AbortSignal,
): Promise<AsyncDisposable> {
  const own = `${file}.${randomUUID()}`;
  // Linked, not created, so that nobody ever reads a lock without its owner.
  await writeFile(own, String(process.pid));
  try {
    let waiting = false;
    const attempt = async (): Promise<boolean> => {
      if (await linked(own, file)) return true;
      const holder = await readFile(file, 'utf8').catch(() => undefined);
      if (holder === undefined) return false;
      if (isAlive(Number(holder))) {
        if (!waiting) onWait(Number(holder));
        waiting = true;
      } else {
        await rename(file, `${own}.stale`).catch(() => undefined);
      }
      return false;
    };
    await until(WAIT_MS, `the other build that holds ${file}`, attempt, signal);
  } finally {
    await rm(own, { force: true });
    await rm(`${own}.stale`, { force: true });
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
