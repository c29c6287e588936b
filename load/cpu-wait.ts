/**
 * How long a process was ready to run and got no processor, as the kernel counts it. A target that
 * waits so for a good part of the run is slow because of this machine, and not by itself.
 */

import { readdir, readFile } from 'node:fs/promises';
import { nowMs } from '../harness/lifecycle/clock.ts';

interface Sample {
  readonly atMs: number;
  /** By thread. */
  readonly waitedMs: ReadonlyMap<string, number>;
}

export class CpuWait {
  readonly #pids: readonly number[];
  readonly #start: Sample;

  static async start(pids: readonly number[]): Promise<CpuWait> {
    return new CpuWait(pids, await sample(pids));
  }

  private constructor(pids: readonly number[], start: Sample) {
    this.#pids = pids;
    this.#start = start;
  }

  /** Of the thread that waited longest: its share of the time since the start, from 0 to 1; 0 where there is no /proc. */
  async share(): Promise<number> {
    const now = await sample(this.#pids);
    const waits = [...now.waitedMs].map(
      ([thread, waitedMs]) => waitedMs - (this.#start.waitedMs.get(thread) ?? 0),
    );
    return Math.max(0, ...waits) / Math.max(1, now.atMs - this.#start.atMs);
  }
}

async function sample(pids: readonly number[]): Promise<Sample> {
  const atMs = nowMs();
  const all = await Promise.all(pids.map(threadsOf));
  return { atMs, waitedMs: new Map(all.flat()) };
}

async function threadsOf(pid: number): Promise<readonly (readonly [string, number])[]> {
  const folder = `/proc/${pid}/task`;
  try {
    const threads = await readdir(folder);
    return await Promise.all(
      threads.map(async (thread) => {
        const text = await readFile(`${folder}/${thread}/schedstat`, 'utf8');
        // Time on a processor, time spent waiting for one (both in nanoseconds), and time slices.
        return [thread, Number(text.split(' ')[1]) / 1e6] as const;
      }),
    );
  } catch {
    // It ended, or this is no Linux.
    return [];
  }
}
