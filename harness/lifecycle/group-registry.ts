/**
 * Every process group that we own, so that none outlives us. An ordinary end disposes them one by
 * one; this is for the other ends: an uncaught exception, `process.exit`, Ctrl-C before anybody
 * listens for it. SIGKILL to ourselves cannot be helped.
 */

import { constants } from 'node:os';

const owned = new Set<number>();
const FATAL = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

export function ownGroup(pid: number): void {
  install();
  owned.add(pid);
}

export function disownGroup(pid: number): void {
  owned.delete(pid);
}

/** Sends a signal to a whole group; false when there is nobody left in it. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function killAll(): void {
  for (const pid of owned) {
    try {
      signalGroup(pid, 'SIGKILL');
    } catch {
      // Exiting: the next group still has to go.
    }
  }
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', killAll);
  for (const signal of FATAL) {
    process.on(signal, () => {
      // Somebody else listens: they end the run in order, and 'exit' follows.
      if (process.listenerCount(signal) > 1) return;
      process.exit(128 + constants.signals[signal]);
    });
  }
}
