/**
 * The one Toxiproxy process of a run. Lanes share it and touch only proxies of their own names;
 * its global reset is never used. Its death makes the run inconclusive.
 */

import { InstrumentLostError, OwnError } from '../errors.ts';
import { until, within } from '../lifecycle/deadline.ts';
import { freePort, releasePort } from '../lifecycle/free-port.ts';
import { disownGroup, ownGroup } from '../lifecycle/group-registry.ts';
import { tcpProbe } from '../lifecycle/tcp-probe.ts';
import type { FoundTool, RunningTool, ToolExit } from '../tools/found-tool.ts';
import { type ProxyState, ToxiproxyApi } from './toxiproxy-api.ts';

const START_TIMEOUT_MS = 10_000;
const EXIT_NOTICE_MS = 100;
const PORT_TRIES = 10;

export class ToxiproxyServer implements AsyncDisposable {
  readonly #tool: RunningTool;
  readonly #isContainer: boolean;
  readonly #api: ToxiproxyApi;
  readonly #port: number;
  readonly #log: readonly string[];
  #exit: ToolExit | undefined;
  #isStopping = false;

  /** @throws {OwnError} when it does not listen, with the last lines of its log. */
  static async start(found: FoundTool, signal?: AbortSignal): Promise<ToxiproxyServer> {
    for (let tries = 1; ; tries++) {
      const port = await freePort();
      const log: string[] = [];
      const tool = await found.start(['-host', '127.0.0.1', '-port', String(port)], {
        onLine: (line) => keepLast(log, line),
      });
      const server = new ToxiproxyServer(tool, found.how === 'container', port, log);
      try {
        await server.#listening(signal);
        return server;
      } catch (error) {
        await server[Symbol.asyncDispose]();
        signal?.throwIfAborted();
        const isTaken = log.some((line) => line.includes('address already in use'));
        if (isTaken && tries < PORT_TRIES) continue;
        const last = log.slice(-5).join('\n  ');
        throw new OwnError(`Toxiproxy (${found.path}) did not start: ${last}`, { cause: error });
      }
    }
  }

  private constructor(
    tool: RunningTool,
    isContainer: boolean,
    port: number,
    log: readonly string[],
  ) {
    this.#tool = tool;
    this.#isContainer = isContainer;
    this.#port = port;
    this.#log = log;
    this.#api = new ToxiproxyApi(port);
    if (!isContainer) ownGroup(tool.pid);
    void tool.exited.then((exit) => (this.#exit = exit));
  }

  get alive(): boolean {
    return this.#exit === undefined;
  }

  get pid(): number {
    return this.#tool.pid;
  }

  /**
   * One request to its API.
   * @throws {InstrumentLostError} when the process is gone.
   * @throws {OwnError} when it refuses or does not answer within five seconds.
   */
  async ask<T>(what: string, request: (api: ToxiproxyApi) => Promise<T>): Promise<T> {
    try {
      return await request(this.#api);
    } catch (error) {
      // The connection breaks a moment before the exit is known.
      await within(EXIT_NOTICE_MS, 'its exit', this.#tool.exited).catch(() => undefined);
      if (!this.alive) {
        const last = this.#log.at(-1);
        throw new InstrumentLostError(`Toxiproxy died while asked to ${what}: ${last ?? 'no log'}`);
      }
      throw new OwnError(`Toxiproxy did not ${what}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** The proxies that exist now. */
  proxies(): Promise<readonly ProxyState[]> {
    return this.ask('list its proxies', (api) => api.list());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    await this.#tool.stop();
    if (!this.#isContainer) disownGroup(this.#tool.pid);
    releasePort(this.#port);
  }

  async #listening(signal: AbortSignal | undefined): Promise<void> {
    await until(
      START_TIMEOUT_MS,
      'Toxiproxy to listen',
      async () => {
        if (!this.alive) throw new Error('it ended');
        return (await tcpProbe(this.#port)) === undefined;
      },
      signal,
    );
    // Whoever listens there must be the one that we started.
    if (!this.alive) throw new Error('it ended');
    await this.ask('say its version', (api) => api.version());
  }
}

function keepLast(log: string[], line: string): void {
  log.push(line);
  if (log.length > 50) log.shift();
}
