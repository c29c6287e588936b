import { readdirSync } from 'node:fs';

/** How many files and sockets a process has open; undefined where there is no /proc, or the process is gone. */
export function openDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}
