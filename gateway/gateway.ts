/**
 * The gateway, assembled from its parts, and its bounded end. `Parts` is the one list of what can be
 * exchanged for something else.
 */

import { Admin } from './admin/admin.ts';
import type { Config } from './config.ts';
import { Front } from './downstream/front.ts';
import { Hosts } from './downstream/hosts.ts';
import { Sessions } from './downstream/sessions.ts';
import { Users } from './downstream/users.ts';
import { Wording } from './jsonrpc/failure.ts';
import { Deadlines, type Timed } from './lifecycle/deadlines.ts';
import { settledWithin } from './lifecycle/settled-within.ts';
import { Listener } from './listener.ts';
import type { Log } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { packageVersion } from './package-version.ts';
import { Merger } from './relay/merger.ts';
import { Relay } from './relay/relay.ts';
import { Router } from './relay/router.ts';
import { SessionLife } from './relay/session-life.ts';
import { Catalog } from './upstream/catalog.ts';
import { Probe } from './upstream/probe.ts';
import { UpstreamRegistry } from './upstream/registry.ts';
import { StreamableHttpSession } from './upstream/streamable-http.ts';

export interface Parts {
  readonly Front: typeof Front;
  readonly Users: typeof Users;
  readonly Sessions: typeof Sessions;
  readonly Relay: typeof Relay;
  readonly Router: typeof Router;
  readonly Merger: typeof Merger;
  readonly SessionLife: typeof SessionLife;
  readonly Catalog: typeof Catalog;
  readonly Registry: typeof UpstreamRegistry;
  readonly UpstreamSession: typeof StreamableHttpSession;
  readonly Probe: typeof Probe;
  readonly Wording: typeof Wording;
  readonly Gateway: typeof Gateway;
}

export interface Addresses {
  /** The MCP endpoint. */
  readonly url: string;
  readonly admin: string | null;
}

/** How long an answered or abandoned exchange may take to end by itself, in milliseconds. */
const LINGER_MS = 1_000;
const KEEP_ALIVE_EVERY_MS = 15_000;

export class Gateway {
  readonly config: Config;
  protected readonly log: Log;
  protected readonly front: Front;
  protected readonly relay: Relay;
  protected readonly registry: UpstreamRegistry;
  readonly #sessions: Sessions;
  readonly #catalog: Catalog;
  readonly #clients: Listener;
  readonly #operators: Listener | undefined;
  readonly #owned = new DisposableStack();

  constructor(config: Config, log: Log, parts: Parts) {
    this.config = config;
    this.log = log;
    const drainMs = config.shutdownTimeoutMs;
    const limits = { maxSessions: config.maxSessions, idleMs: config.sessionIdleMs };
    const sessions = new parts.Sessions(limits, (session) => void life.end(session, 'expired'));
    this.#sessions = this.#owned.use(sessions);
    const metrics = new Metrics();
    const registry = this.#registryOf(parts, metrics, () => life);
    this.registry = registry;
    const catalog = new parts.Catalog(config.upstreams, {
      log,
      evict: (upstream, reason) => registry.evictUpstream(upstream, reason, drainMs),
    });
    this.#catalog = catalog;
    const { sessionLoss, requestTimeoutMs, pathPrefix, maxBodyBytes } = config;
    const version = packageVersion();
    const life: SessionLife = new parts.SessionLife({
      registry,
      sessions,
      catalog,
      log,
      version,
      sessionLoss,
      drainMs,
    });
    const users = new parts.Users(config.users);
    const wording = new parts.Wording();
    const router = new parts.Router(catalog, users);
    const merger = new parts.Merger({
      wording,
      timeoutMs: Math.min(config.listTimeoutMs, requestTimeoutMs),
      sessionFor: (call, upstream) => relay.sessionFor(call, upstream),
    });
    const relay: Relay = new parts.Relay({
      registry,
      router,
      merger,
      life,
      wording,
      log,
      metrics,
      requestTimeoutMs,
    });
    this.relay = this.#owned.use(relay);
    const hosts = new Hosts(config.host, config.allowedHosts);
    const health = (): Readonly<Record<string, unknown>> => this.#health();
    this.front = new parts.Front({
      hosts,
      users,
      sessions,
      catalog,
      relay,
      life,
      metrics,
      pathPrefix,
      maxBodyBytes,
      health,
    });
    metrics.watch({
      downstreamSessions: () => sessions.size,
      upstreamSessions: () => registry.size,
      callsInFlight: () => relay.inFlight,
    });
    this.#clients = new Listener((request, response) => this.front.handle(request, response));
    this.#operators = this.#adminListener(config.admin?.token);
    const keepAlive = setInterval(() => this.#keepStreamsAlive(), KEEP_ALIVE_EVERY_MS).unref();
    this.#owned.defer(() => clearInterval(keepAlive));
  }

  #registryOf(parts: Parts, metrics: Metrics, life: () => SessionLife): UpstreamRegistry {
    const { log } = this;
    const { idleProbeAfterMs, probeTimeoutMs, requestTimeoutMs } = this.config;
    const lingering = this.#owned.use(new Deadlines<Timed>(LINGER_MS));
    const patience = this.#owned.use(new Deadlines<Timed>(requestTimeoutMs));
    return new parts.Registry({
      Session: parts.UpstreamSession,
      host: { idleProbeAfterMs, lingering, patience },
      probe: new parts.Probe(probeTimeoutMs),
      log,
      metrics,
      openTimeoutMs: requestTimeoutMs,
      onOpened: (downstream, session, isFirst) => life().opened(downstream, session, isFirst),
      onLost: (downstream, upstream) => life().stateLost(downstream, upstream),
    });
  }

  #adminListener(token: string | undefined): Listener | undefined {
    if (token === undefined) return undefined;
    const { registry, log } = this;
    const hosts = new Hosts('127.0.0.1', []);
    const parts = { hosts, token, registry, log, catalog: this.#catalog, sessions: this.#sessions };
    const admin = new Admin(parts);
    return new Listener((request, response) => admin.handle(request, response));
  }

  /** Rejects with the system's error when a port is taken. */
  async start(): Promise<Addresses> {
    const { host, pathPrefix } = this.config;
    const port = await this.#clients.listen(this.config.port, host);
    const adminPort = await this.#operators?.listen(this.config.admin?.port ?? 0, '127.0.0.1');
    const shownHost = host.includes(':') ? `[${host}]` : host;
    return {
      url: `http://${shownHost}:${port}${pathPrefix}/mcp`,
      admin: adminPort === undefined ? null : `http://127.0.0.1:${adminPort}`,
    };
  }

  #health(): Readonly<Record<string, unknown>> {
    return {
      status: 'ok',
      sessions: this.#sessions.size,
      callsInFlight: this.relay.inFlight,
      upstreams: this.#catalog.all().map(({ name }) => name),
      upstreamSessions: this.registry.countByUpstream(),
    };
  }

  #keepStreamsAlive(): void {
    for (const { stream } of this.#sessions.all()) stream?.keepAlive();
  }

  /**
   * Ends everything: calls under way may finish for one shutdown timeout, then each gets one error;
   * upstream sessions are ended within one more; what is left then is abandoned.
   */
  async close(): Promise<void> {
    this.front.drain();
    this.#clients.stopAccepting();
    this.#operators?.close();
    await this.drainCalls();
    this.relay.failAll('the gateway is shutting down');
    for (const { stream } of this.#sessions.all()) stream?.end();
    await this.closeUpstreams();
    this.#clients.close();
    this.#owned.dispose();
    await settledWithin(this.#catalog.destroy(), LINGER_MS);
  }

  protected async drainCalls(): Promise<void> {
    const timeoutMs = this.config.shutdownTimeoutMs;
    if (await settledWithin(this.relay.drained(), timeoutMs)) return;
    this.log.warn({ calls: this.relay.inFlight, timeoutMs }, 'calls did not finish in time');
  }

  protected async closeUpstreams(): Promise<void> {
    const timeoutMs = this.config.shutdownTimeoutMs;
    const sessions = this.registry.size;
    if (await settledWithin(this.registry.closeAll(), timeoutMs)) return;
    const fields = { of: sessions, timeoutMs };
    this.log.warn(fields, 'upstream sessions did not end in time, they are left behind');
  }
}

export const defaultParts: Parts = {
  Front,
  Users,
  Sessions,
  Relay,
  Router,
  Merger,
  SessionLife,
  Catalog,
  Registry: UpstreamRegistry,
  UpstreamSession: StreamableHttpSession,
  Probe,
  Wording,
  Gateway,
};
