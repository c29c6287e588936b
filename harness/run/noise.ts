/** How noisy the harness's own machine is while a scenario runs: a timing check knows its own error by it. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Noise } from '../checks/check.ts';
import { nowMs } from '../lifecycle/clock.ts';

/** How often the event loop's delay is sampled and how long the probe rests between two round trips. */
const SAMPLE_MS = 10;
const PROBE_REST_MS = 50;

export class NoiseMeter implements Disposable {
  readonly #lag = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  readonly #probe: () => Promise<unknown>;
  #timer: NodeJS.Timeout | undefined;
  #probeMaxMs = 0;
  #isStopped = false;

  /** @param probe one round trip straight to a fixture, around the target. */
  constructor(probe: () => Promise<unknown>) {
    this.#probe = probe;
    this.#lag.enable();
    this.#scheduleProbe();
  }

  read(): Noise {
    // The histogram counts nanoseconds and includes the sampling interval itself.
    const lagMaxMs = Math.max(0, this.#lag.max / 1e6 - SAMPLE_MS);
    return { lagMaxMs: this.#lag.count > 0 ? lagMaxMs : 0, probeMaxMs: this.#probeMaxMs };
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#lag.disable();
  }

  #scheduleProbe(): void {
    this.#timer = setTimeout(() => void this.#runProbe(), PROBE_REST_MS);
  }

  async #runProbe(): Promise<void> {
    const startMs = nowMs();
    // A probe that fails while its fixture is down on purpose measures nothing.
    const answered = await this.#probe().then(
      () => true,
      () => false,
    );
    if (answered) this.#probeMaxMs = Math.max(this.#probeMaxMs, nowMs() - startMs);
    if (!this.#isStopped) this.#scheduleProbe();
  }
}
