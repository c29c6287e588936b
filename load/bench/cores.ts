/** Which cores there are for us, and how busy one of them was. Linux only. */

import { readFileSync } from 'node:fs';
import { OwnError } from '../../harness/errors.ts';

export interface Cores {
  /** Of the process that is measured. */
  readonly gateway: number;
  /** Of the load and the upstream. */
  readonly rest: number;
}

/** @throws {OwnError} where this process may use fewer than two. */
export function twoCores(): Cores {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(status)?.[1] ?? '';
  const allowed = list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  const [gateway, rest] = allowed;
  if (gateway === undefined || rest === undefined) {
    throw new OwnError('the benchmark needs two cores: one for the gateway, one for the load');
  }
  return { gateway, rest };
}

/** What a core did since the machine started, in milliseconds: in all, and not idling. */
export function coreUse(core: number): { readonly totalMs: number; readonly busyMs: number } {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1];
  // Fields: user, nice, system, idle, iowait, irq, softirq, steal; in hundredths of a second.
  const fields = (line ?? '').split(' ').slice(0, 8).map(Number);
  const total = fields.reduce((sum, value) => sum + value, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { totalMs: total * 10, busyMs: (total - idle) * 10 };
}
