/** Writes into the history that the target ended by itself, so that what it left behind is explained. */

import type { Recorder } from '../history/recorder.ts';
import { until } from '../lifecycle/deadline.ts';
import type { RunningTarget } from '../target/target.ts';

/** How long the system may take to tell us of an end whose closed connections a client saw already. */
const NOTICE_MS = 500;

/** @param startMs the scenario's beginning, on the monotonic clock in milliseconds. */
export async function noteDeath(
  target: RunningTarget,
  recorder: Recorder,
  startMs: number,
  signal: AbortSignal,
): Promise<void> {
  const last = recorder.events.findLast((event) => event.kind === 'complete');
  if (target.pid !== undefined && last?.outcome.kind === 'transport-error') {
    const hasDied = (): boolean => target.death !== undefined;
    await until(NOTICE_MS, 'the end of the target', hasDied, signal).catch(() => undefined);
  }
  if (target.death === undefined) return;
  const { code, signal: by, atMs } = target.death;
  recorder.fact('target-died', { code, signal: by, afterMs: Math.max(0, atMs - startMs) });
}
