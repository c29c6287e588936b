/** The machine that something was measured on, in one line: numbers mean little without it. */

import { cpus, release, totalmem } from 'node:os';

export function machineText(): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${processor}, ${cpus().length} cores, ${memory}, Linux ${release()}, Node ${process.versions.node}`;
}
