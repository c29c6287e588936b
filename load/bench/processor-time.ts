/** What the kernel says that a process and its children have used. Linux only. */

import { readFile, readdir } from 'node:fs/promises';

/** The processes: this one and all below it. */
async function family(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const pids = children.split(' ').filter(Boolean).map(Number);
  return [pid, ...(await Promise.all(pids.map(family))).flat()];
}

/** On a processor, in milliseconds, by all threads that are alive, from the scheduler's own count in nanoseconds. */
export async function processorMs(pid: number): Promise<number> {
  const pids = await family(pid);
  const times = await Promise.all(
    pids.map(async (one) => {
      const threads = await readdir(`/proc/${one}/task`);
      const texts = threads.map((id) => readFile(`/proc/${one}/task/${id}/schedstat`, 'utf8'));
      return (await Promise.all(texts)).map((text) => Number(text.split(' ')[0]) / 1e6);
    }),
  );
  return times.flat().reduce((sum, ms) => sum + ms, 0);
}

/** Resident memory in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const pids = await family(pid);
  const texts = await Promise.all(pids.map((one) => readFile(`/proc/${one}/status`, 'utf8')));
  const kilobytes = texts.map((text) => Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  return kilobytes.reduce((sum, value) => sum + value, 0) * 1024;
}
