/** The machine that a run was recorded on, as far as it may matter for what was seen. */

import { arch, cpus, release, type } from 'node:os';

export interface Environment {
  /** "v24.21.0" */
  readonly node: string;
  /** "Linux 6.8.0 x64" */
  readonly os: string;
  readonly cpus: { readonly count: number; readonly model: string };
}

export function environmentNow(): Environment {
  const all = cpus();
  return {
    node: process.version,
    os: `${type()} ${release()} ${arch()}`,
    cpus: { count: all.length, model: all[0]?.model.trim() ?? 'unknown' },
  };
}
