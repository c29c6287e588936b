/**
 * Starts a tool that is a program of this machine, in a process group of its own: Ctrl-C reaches
 * the suite alone, which then heals and stops things in its own order.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { OwnError } from '../errors.ts';
import { within } from '../lifecycle/deadline.ts';
import { disownGroup, ownGroup, signalGroup } from '../lifecycle/group-registry.ts';
import type { RunningTool, ToolExit, ToolStartOptions } from './found-tool.ts';

const FORCE_AFTER_MS = 5_000;
const GONE_WITHIN_MS = 5_000;

export async function startLocalTool(
  path: string,
  args: readonly string[],
  options: ToolStartOptions = {},
): Promise<RunningTool> {
  const child = spawn(path, [...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = new Promise<ToolExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // Both pipes are read to the end even if nobody listens: a full one would stop the tool.
  for (const stream of [child.stdout, child.stderr]) readLines(stream, options.onLine);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new OwnError(`${path} cannot be started: ${(error as Error).message}`, { cause: error });
  }
  const pid = child.pid as number;
  ownGroup(pid);
  void exited.then(() => disownGroup(pid));
  const stop = async (forceAfterMs = FORCE_AFTER_MS): Promise<ToolExit> => {
    signalGroup(pid, 'SIGINT');
    try {
      return await within(forceAfterMs, `${path} to stop`, exited);
    } catch {
      signalGroup(pid, 'SIGKILL');
      return within(GONE_WITHIN_MS, `${path} to die of SIGKILL`, exited);
    }
  };
  let stopping: Promise<ToolExit> | undefined;
  const stopOnce = (forceAfterMs?: number): Promise<ToolExit> => (stopping ??= stop(forceAfterMs));
  return {
    pid,
    exited,
    stop: stopOnce,
    [Symbol.asyncDispose]: async () => void (await stopOnce()),
  };
}

function readLines(stream: Readable, onLine: ToolStartOptions['onLine']): void {
  createInterface({ input: stream }).on('line', (line) => onLine?.(line));
}
