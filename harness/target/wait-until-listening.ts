/** Waits until somebody accepts connections at a target's endpoint, and says why nobody did. */

import { TargetNotReadyError } from '../errors.ts';
import { until } from '../lifecycle/deadline.ts';
import { describeExit } from '../lifecycle/describe-exit.ts';
import type { OwnedProcess } from '../lifecycle/owned-process.ts';
import { tcpProbe } from '../lifecycle/tcp-probe.ts';
import { logTail } from './log-tail.ts';

export interface ListeningWait {
  /** The target's. */
  readonly name: string;
  readonly endpoint: URL;
  /** Whose end makes waiting pointless. */
  readonly process?: OwnedProcess;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws {TargetNotReadyError} with the last lines of the process's log. */
export async function waitUntilListening(wait: ListeningWait): Promise<void> {
  const { name, endpoint, timeoutMs, signal } = wait;
  const port = Number(endpoint.port || (endpoint.protocol === 'https:' ? 443 : 80));
  let last: string | undefined;
  const accepts = async (): Promise<boolean> => {
    if (wait.process?.exit !== undefined) throw new Error('it ended');
    last = await tcpProbe(port, endpoint.hostname);
    return last === undefined;
  };
  try {
    await until(timeoutMs, `target ${name} to listen on ${endpoint.host}`, accepts, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw await neverListened(wait, last ?? (error as Error).message);
  }
}

async function neverListened(wait: ListeningWait, last: string): Promise<TargetNotReadyError> {
  const { name, endpoint, process: child, timeoutMs } = wait;
  if (child?.exit !== undefined) {
    const log = logTail(await child.finalLog());
    return new TargetNotReadyError(
      `target ${name} ended with ${describeExit(child.exit)} before it listened on ${endpoint.host}${log}`,
    );
  }
  const log = child === undefined ? '' : logTail(child.log);
  return new TargetNotReadyError(
    `target ${name} never listened on ${endpoint.host} within ${timeoutMs} ms (${last})${log}`,
  );
}
