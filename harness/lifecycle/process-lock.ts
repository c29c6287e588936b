/**
 * A lock that is a file with the process that holds it, and lasts as long as that process: what a
 * killed one leaves behind is taken over. A number alone would not do: it is given again, in a
 * container often to the next process at once, so the file also says when the holder began.
 */

import { readFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';

/** The lock, or the living process that has it; undefined where it is only about to. */
export type Taken = { readonly lock: AsyncDisposable } | { readonly holder: number | undefined };

/** Never waits. The folder must exist. */
export async function takeProcessLock(file: string): Promise<Taken> {
  for (;;) {
    if (await created(file)) {
      // Of somebody who was killed with it: nobody needs one while there is no leftover.
      await rm(claimOn(file), { force: true });
      return { lock: { [Symbol.asyncDispose]: () => rm(file, { force: true }) } };
    }
    const found = await textOf(file);
    if (found === undefined) continue;
    if (found === '') return { holder: undefined };
    const [pid, began] = found.split(' ');
    const now = beginningOf(Number(pid));
    if (now !== undefined && (began === undefined || now === began)) return { holder: Number(pid) };
    if (!(await clearAway(file, found))) return { holder: undefined };
  }
}

/** Creates it with our name in it; false if there is one. */
async function created(file: string): Promise<boolean> {
  const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    await handle.writeFile(`${process.pid} ${beginningOf(process.pid)}`);
    return true;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Of two that find the same leftover, the second must not remove the lock of the first: who removes
 * one holds a claim to that meanwhile. False if somebody else has it.
 */
async function clearAway(file: string, leftover: string): Promise<boolean> {
  const claim = claimOn(file);
  if (!(await created(claim))) return false;
  try {
    if ((await textOf(file)) === leftover) await rm(file);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

function claimOn(file: string): string {
  return `${file}.claim`;
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** When a living process began, in the kernel's own count, or "?" where nobody says; undefined if it is gone. */
function beginningOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold anything, so count from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    // One that nobody has reaped yet still answers signal 0.
    return state === 'Z' || state === 'X' ? undefined : fields[START_TIME];
  } catch {
    return '?';
  }
}

/** Its place behind the command's name; see proc_pid_stat(5), where it is field 22 from 1. */
const START_TIME = 19;
