/**
 * A lock that is a file with the process that holds it, and lasts as long as that process: what a
 * killed one leaves behind is taken over. A number alone would not do: it is given again, in a
 * container often to the next process at once, so the file also says when the holder began.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

/** The lock, or the living process that has it or is about to. */
export type Taken = { readonly lock: AsyncDisposable } | { readonly holder: number };

/** Never waits. The folder must exist. */
export async function takeProcessLock(file: string): Promise<Taken> {
  for (;;) {
    const found = await textOf(file);
    if (found === undefined) {
      await removeDeadClaim(file);
      if (!(await created(file))) continue;
      return { lock: { [Symbol.asyncDispose]: () => rm(file, { force: true }) } };
    }
    const holder = livingHolder(found);
    if (holder !== undefined) return { holder };
    const other = await removeLeftover(file, found);
    if (other !== undefined) return other;
  }
}

/** False if there is one. It appears with our name in it: nobody ever reads an empty one. */
async function created(file: string): Promise<boolean> {
  const ours = `${file}.${randomUUID()}`;
  try {
    await writeFile(ours, `${process.pid} ${beginningOf(process.pid)}`);
    await link(ours, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(ours, { force: true });
  }
}

/**
 * Of two that find the same leftover, the second must not remove the lock of the first: who removes
 * one holds a lock on that, the claim, meanwhile. Answers who has it instead of us.
 */
async function removeLeftover(
  file: string,
  leftover: string,
): Promise<{ readonly holder: number } | undefined> {
  const claim = await takeProcessLock(claimOn(file));
  if ('holder' in claim) return claim;
  try {
    if ((await textOf(file)) === leftover) await rm(file);
    return undefined;
  } finally {
    await claim.lock[Symbol.asyncDispose]();
  }
}

/** Of somebody who was killed between the removal of a leftover and the end of the claim to it. */
async function removeDeadClaim(file: string): Promise<void> {
  const claim = claimOn(file);
  const found = await textOf(claim);
  if (found !== undefined && livingHolder(found) === undefined) await removeLeftover(claim, found);
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

/** The process that a lock names, if it is still the same one. */
function livingHolder(text: string): number | undefined {
  const [pid, began] = text.split(' ');
  const now = beginningOf(Number(pid));
  return now !== undefined && (began === undefined || now === began) ? Number(pid) : undefined;
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
