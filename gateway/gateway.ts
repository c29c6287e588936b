/** The gateway as a whole: it starts to listen, and it comes to a bounded end. */

import type { RequestListener } from 'node:http';
import { Admin } from './admin/admin.ts';
import type { Assembly } from './assembly.ts';
import type { Config } from './config.ts';
import { settledWithin } from './lifecycle/settled-within.ts';
import { Listener } from './listener.ts';
import { reload } from './reload.ts';

export interface Addresses {
  /** The MCP endpoint. */
  readonly url: string;
  readonly admin: string | null;
}

const LOOPBACK = '127.0.0.1';
const MAX_OPERATORS = 64;
/** Destroying sockets takes no time; a bug there must not hold up the exit. */
const DESTROY_MS = 500;

export class Gateway {
  protected readonly assembly: Assembly;
  readonly #clients: Listener;
  readonly #operators: Listener | undefined;
  #isClosing = false;

  constructor(assembly: Assembly) {
    this.assembly = assembly;
    const { config, front, owned, warnings } = assembly;
    const listener = (maxConnections: number, handle: RequestListener): Listener =>
      new Listener({ ...config, maxConnections }, handle, () =>
        warnings.warn({ maxConnections }, 'connections are closed, there are too many'),
      );
    this.#clients = listener(config.maxConnections, (...visit) => front.handle(...visit));
    if (config.admin !== undefined) {
      const admin = new Admin({ ...assembly, ...config.admin });
      this.#operators = listener(MAX_OPERATORS, (...visit) => admin.handle(...visit));
    }
    const { keepAliveMs } = config.streams;
    const keepAlive = setInterval(() => this.#tendSessions(), keepAliveMs).unref();
    owned.defer(() => clearInterval(keepAlive));
  }

  /** Rejects with the system's error when a port is taken. */
  async start(): Promise<Addresses> {
    const { host, pathPrefix, port, admin } = this.assembly.config;
    const bound = await this.#clients.listen(port, host);
    const adminPort = await this.#operators?.listen(admin?.port ?? 0, LOOPBACK);
    const shownHost = host.includes(':') ? `[${host}]` : host;
    return {
      url: `http://${shownHost}:${bound}${pathPrefix}/mcp`,
      admin: adminPort === undefined ? null : `http://${LOOPBACK}:${adminPort}`,
    };
  }

  /** Takes a new configuration over, if it is valid; nothing that is in flight is disturbed. */
  reload(load: () => Config): void {
    if (this.#isClosing || !reload(this.assembly, load)) return;
    this.#clients.maxConnections = this.assembly.config.maxConnections;
    this.#tendSessions();
  }

  /** Streams outlive the request that proved who reads them, so that is looked at again and again. */
  #tendSessions(): void {
    const { life, relay, sessions, users } = this.assembly;
    for (const session of sessions.all()) {
      const standing = users.standing(session.user);
      if (standing === 'gone') void life.end(session, 'revoked');
      else if (standing === 'expired') session.stream?.hangUp();
      else session.stream?.keepAlive();
    }
    relay.keepAlive(this.assembly.config.streams.keepAliveMs);
  }

  /**
   * Ends everything: calls under way may finish for one shutdown timeout, then each gets one error;
   * upstream sessions are ended within one more; what is left then is abandoned.
   */
  async close(): Promise<void> {
    const { catalog, front, owned, relay, sessions } = this.assembly;
    this.#isClosing = true;
    front.drain();
    this.#clients.stopAccepting();
    this.#operators?.close();
    await this.drainCalls();
    relay.failAll('the gateway is shutting down');
    for (const { stream } of sessions.all()) stream?.end();
    await this.closeUpstreams();
    this.#clients.close();
    owned.dispose();
    await settledWithin(catalog.destroy(), DESTROY_MS);
  }

  protected async drainCalls(): Promise<void> {
    const { config, log, relay } = this.assembly;
    const timeoutMs = config.shutdownTimeoutMs;
    if (await settledWithin(relay.drained(), timeoutMs)) return;
    log.warn({ calls: relay.inFlight, timeoutMs }, 'calls did not finish in time');
  }

  protected async closeUpstreams(): Promise<void> {
    const { config, log, registry } = this.assembly;
    const timeoutMs = config.shutdownTimeoutMs;
    const sessions = registry.size;
    if (await settledWithin(registry.closeAll(), timeoutMs)) return;
    log.warn({ of: sessions, timeoutMs }, 'upstream sessions did not end in time, they are left');
  }
}
