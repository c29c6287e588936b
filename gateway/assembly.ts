/**
 * The gateway's parts and how they hold together. `Parts` is the one list of what can be exchanged
 * for something else.
 */

import type { Config } from './config.ts';
import { EventBuffer } from './downstream/event-buffer.ts';
import { Front } from './downstream/front.ts';
import { Hosts } from './downstream/hosts.ts';
import { Sessions } from './downstream/sessions.ts';
import { TrustedProxies } from './downstream/trusted-proxies.ts';
import { Users } from './downstream/users.ts';
import { Gateway } from './gateway.ts';
import { Wording } from './jsonrpc/failure.ts';
import { Deadlines, type Timed } from './lifecycle/deadlines.ts';
import type { Log } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { SparseLog } from './observe/sparse-log.ts';
import { packageVersion } from './package-version.ts';
import { Messages } from './relay/messages.ts';
import { Merger } from './relay/merger.ts';
import { Relay } from './relay/relay.ts';
import { Router } from './relay/router.ts';
import { SessionLife } from './relay/session-life.ts';
import { AddressGuard } from './upstream/address-guard.ts';
import { Catalog } from './upstream/catalog.ts';
import { urlsOf } from './upstream/definition.ts';
import type { OwnerDeps } from './upstream/owner.ts';
import { Probe } from './upstream/probe.ts';
import { LegacySseSession } from './upstream/legacy-sse.ts';
import { Processes } from './upstream/processes.ts';
import { UpstreamRegistry } from './upstream/registry.ts';
import { StdioSession } from './upstream/stdio.ts';
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

/** Everything that lives as long as the gateway. */
export interface Assembly {
  readonly config: Config;
  readonly log: Log;
  readonly warnings: SparseLog;
  readonly metrics: Metrics;
  readonly proxies: TrustedProxies;
  readonly hosts: Hosts;
  readonly users: Users;
  readonly life: SessionLife;
  readonly sessions: Sessions;
  readonly guard: AddressGuard;
  readonly catalog: Catalog;
  readonly registry: UpstreamRegistry;
  readonly relay: Relay;
  readonly front: Front;
  /** Timers; disposed of last. */
  readonly owned: DisposableStack;
}

/** How long an answered or abandoned exchange may take to end by itself, in milliseconds. */
const LINGER_MS = 1_000;

type Events = Pick<OwnerDeps, 'onOpened' | 'onLost'>;

export function assemble(config: Config, log: Log, parts: Parts): Assembly {
  const owned = new DisposableStack();
  const metrics = new Metrics();
  const warnings = new SparseLog(log);
  const drainMs = config.shutdownTimeoutMs;
  const sessions = owned.use(
    new parts.Sessions(config, (session) => void life.end(session, 'expired')),
  );
  const events: Events = {
    onOpened: (downstream, session, isFirst) => life.opened(downstream, session, isFirst),
    onLost: (downstream, upstream) => life.stateLost(downstream, upstream),
  };
  const processes = owned.use(new Processes(config, log));
  const registry = registryOf({ config, log: warnings, processes, parts, metrics, owned, events });
  const guard = new AddressGuard(config.allowedUpstreamNetworks);
  const catalog = catalogOf({ config, log, parts, guard, registry });
  const { sessionLoss, requestTimeoutMs, listTimeoutMs } = config;
  const version = packageVersion();
  const messages = new Messages({ registry, log: warnings });
  const held = { registry, sessions, catalog, messages, log: warnings };
  const restoreTimeoutMs = Math.min(listTimeoutMs, requestTimeoutMs);
  const told = { version, sessionLoss, drainMs, restoreTimeoutMs };
  const life: SessionLife = new parts.SessionLife({ ...held, ...told });
  const users = new parts.Users(config, warnings);
  const wording = new parts.Wording();
  const router = new parts.Router(catalog, users);
  const merger = new parts.Merger({
    wording,
    timeoutMs: restoreTimeoutMs,
    sessionFor: (call, upstream) => relay.sessionFor(call, upstream),
    cancelLeg: (leg, reason) => relay.cancelLeg(leg, reason),
  });
  const carried = { ...held, router, merger, life, wording, metrics, requestTimeoutMs };
  const relay: Relay = owned.use(new parts.Relay(carried));
  const proxies = new TrustedProxies(config.trustedProxies);
  const hosts = new Hosts(config, proxies);
  const buffer = owned.use(new EventBuffer(config.streams));
  const shared = { config, hosts, proxies, users, sessions, catalog, life, metrics, relay };
  const front = new parts.Front({ ...shared, buffer, log: warnings });
  metrics.watch({
    downstreamSessions: () => sessions.size,
    upstreamSessions: () => registry.size,
    callsInFlight: () => relay.inFlight,
  });
  return { ...shared, log, warnings, guard, registry, front, owned };
}

function catalogOf(given: {
  readonly config: Config;
  readonly log: Log;
  readonly parts: Parts;
  readonly guard: AddressGuard;
  readonly registry: UpstreamRegistry;
}): Catalog {
  const { config, log, parts, guard, registry } = given;
  guard.trust(urlsOf(config.upstreams));
  return new parts.Catalog(config.upstreams, {
    log,
    guard,
    // Looked up each time: a reload may change it.
    get caSigningKey() {
      return config.caSigningKey;
    },
    evict: (upstream, reason) => {
      return registry.evictUpstream(upstream, reason, config.shutdownTimeoutMs);
    },
  });
}

function registryOf(given: {
  readonly config: Config;
  readonly log: SparseLog;
  readonly processes: Processes;
  readonly parts: Parts;
  readonly metrics: Metrics;
  readonly owned: DisposableStack;
  readonly events: Events;
}): UpstreamRegistry {
  const { config, log, processes, parts, metrics, owned, events } = given;
  const { idleProbeAfterMs, probeTimeoutMs, requestTimeoutMs } = config;
  const lingering = owned.use(new Deadlines<Timed>(LINGER_MS));
  const patience = owned.use(new Deadlines<Timed>(requestTimeoutMs));
  return new parts.Registry({
    transports: {
      'streamable-http': parts.UpstreamSession,
      sse: LegacySseSession,
      stdio: StdioSession,
    },
    host: { idleProbeAfterMs, lingering, patience, processes, log },
    probe: new parts.Probe(probeTimeoutMs),
    log,
    metrics,
    openTimeoutMs: requestTimeoutMs,
    ...events,
  });
}
