/**
 * The child processes of all stdio upstreams: how many there may be, how soon one that does not stay
 * alive is started again, and that none of them outlives the gateway.
 */

import { Failure } from '../jsonrpc/failure.ts';
import type { Log } from '../observe/log.ts';
import { ProcessGroup, type ProcessEvents } from './process-group.ts';
import type { Upstream } from './upstream.ts';

/** A process that ends by itself within that time was hardly alive. */
const SHORT_LIFE_MS = 10_000;
const WINDOW_MS = 60_000;
const MAX_SHORT_LIVES_OF_SESSION = 5;
const MAX_SHORT_LIVES_OF_UPSTREAM = 60;
const MAX_GRACE_MS = 2_000;

export interface ProcessBounds {
  /** Running at the same time, for one upstream. */
  readonly maxProcesses: number;
  readonly shutdownTimeoutMs: number;
}

interface ShortLife {
  readonly upstream: Upstream;
  readonly downstreamId: string;
  readonly endedAt: number;
}

export class Processes implements Disposable {
  readonly #bounds: ProcessBounds;
  readonly #log: Log;
  readonly #running = new Map<ProcessGroup, Upstream>();
  #shortLives: readonly ShortLife[] = [];
  readonly #killAll = (): void => {
    for (const group of this.#running.keys()) group.signal('SIGKILL');
  };

  constructor(bounds: ProcessBounds, log: Log) {
    this.#bounds = bounds;
    this.#log = log;
    // However the gateway ends (a second signal, a fault of its own), its children end with it.
    process.on('exit', this.#killAll);
  }

  /** Starts the upstream's process for a client's session. @throws Failure */
  start(upstream: Upstream, downstreamId: string, events: ProcessEvents): ProcessGroup {
    this.#admit(upstream, downstreamId);
    const graceMs = Math.min(MAX_GRACE_MS, this.#bounds.shutdownTimeoutMs / 4);
    const ended = (detail: string): void => {
      this.#endedByItself(upstream, downstreamId, group, detail);
      events.ended(detail);
    };
    const line = (bytes: Buffer): void => events.line(bytes);
    const group = new ProcessGroup(upstream.definition, { line, ended }, this.#log, graceMs);
    this.#running.set(group, upstream);
    void group.exited.then(() => this.#running.delete(group));
    return group;
  }

  #admit(upstream: Upstream, downstreamId: string): void {
    const refuse = (detail: string): never => {
      throw new Failure('unreachable', upstream.name, detail);
    };
    const running = [...this.#running.values()].filter((one) => one === upstream).length;
    if (running >= this.#bounds.maxProcesses)
      refuse(`it has as many processes as it may have, ${running}`);
    const since = performance.now() - WINDOW_MS;
    this.#shortLives = this.#shortLives.filter(({ endedAt }) => endedAt > since);
    const all = this.#shortLives.filter((one) => one.upstream === upstream);
    const own = all.filter((one) => one.downstreamId === downstreamId).length;
    if (own >= MAX_SHORT_LIVES_OF_SESSION || all.length >= MAX_SHORT_LIVES_OF_UPSTREAM) {
      refuse('its process keeps ending soon after its start, it is not started again for now');
    }
  }

  #endedByItself(
    upstream: Upstream,
    downstreamId: string,
    { startedAt }: ProcessGroup,
    detail: string,
  ): void {
    const endedAt = performance.now();
    const livedMs = Math.round(endedAt - startedAt);
    this.#log.warn({ upstream: upstream.name, livedMs, detail }, 'a child process failed');
    if (livedMs > SHORT_LIFE_MS) return;
    this.#shortLives = [...this.#shortLives, { upstream, downstreamId, endedAt }];
  }

  [Symbol.dispose](): void {
    this.#killAll();
    process.off('exit', this.#killAll);
  }
}
