/** Carries out a plan of bursts against one upstream, in its own time, until it is done or stopped. */

import { nowMs } from '../harness/lifecycle/clock.ts';
import type { UpstreamHandle } from '../harness/run/upstream-handle.ts';
import type { Burst } from './fault-bursts.ts';

/** Strikes and heals; ends early, and healed, when `signal` is aborted. @throws what the fault tools throw. */
export async function injectBursts(
  upstream: UpstreamHandle,
  bursts: readonly Burst[],
  signal: AbortSignal,
): Promise<void> {
  const startMs = nowMs();
  for (const { atMs, strikes } of bursts) {
    await pause(startMs + atMs - nowMs(), signal);
    for (const { fault, holdMs } of strikes) {
      if (signal.aborted) return;
      const active = await upstream.network(fault);
      await pause(holdMs, signal);
      await active.heal();
    }
  }
}

/** Resolves at once when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const done = Promise.withResolvers<void>();
  if (signal.aborted || ms <= 0) return Promise.resolve();
  const finish = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', finish);
    done.resolve();
  };
  const timer = setTimeout(finish, ms);
  signal.addEventListener('abort', finish);
  return done.promise;
}
