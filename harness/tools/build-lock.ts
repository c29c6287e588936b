/**
 * One builder at a time: two runs that start together on a fresh clone would compile the same program twice on two cores.
 * The lock saves work and nothing depends on it: a finished program is renamed into place, so that even two builders at
 * once do no harm.
 */

import { until } from '../lifecycle/deadline.ts';
import { takeProcessLock } from '../lifecycle/process-lock.ts';

const WAIT_MS = 600_000;

/** Waits until no living process holds `file`, then holds it until disposed. `onWait` is told once whose turn it is. */
export async function buildLock(
  file: string,
  onWait: (pid: number) => void,
  signal?: AbortSignal,
): Promise<AsyncDisposable> {
  await using owned = new AsyncDisposableStack();
  let waiting = false;
  const attempt = async (): Promise<boolean> => {
    const taken = await takeProcessLock(file);
    if ('lock' in taken) {
      owned.use(taken.lock);
      return true;
    }
    if (!waiting) {
      waiting = true;
      onWait(taken.holder);
    }
    return false;
  };
  await until(WAIT_MS, `the other build that holds ${file}`, attempt, signal);
  return owned.move();
}
