/**
 * The life of a client's session: how it is opened, what is told when an upstream lost its state,
 * where messages outside of calls go, and how it ends.
 */

import type { DownstreamSession } from '../downstream/session.ts';
import type { Sessions } from '../downstream/sessions.ts';
import type { EventStream } from '../downstream/event-stream.ts';
import { asFailure, Failure } from '../jsonrpc/failure.ts';
import {
  isObject,
  notificationOf,
  paramsOf,
  resultBytes,
  type Message,
} from '../jsonrpc/message.ts';
import type { SparseLog } from '../observe/sparse-log.ts';
import type { Catalog } from '../upstream/catalog.ts';
import type { Downstream } from '../upstream/owner.ts';
import type { EvictionReason, UpstreamRegistry } from '../upstream/registry.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { ServerRequests } from './server-requests.ts';

export const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;
const LATEST = '2025-11-25';

/** What a gateway in front of several upstreams offers; what an upstream lacks is missing in the lists. */
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
  completions: {},
};

/** What a client with one upstream sees when that upstream lost its state. */
export type LossPolicy = '404' | 'error';

export interface SessionLifeDeps {
  readonly registry: UpstreamRegistry;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly log: SparseLog;
  readonly version: string;
  readonly sessionLoss: LossPolicy;
  /** How long calls of a session that ends by itself may go on, in milliseconds. */
  readonly drainMs: number;
}

export class SessionLife {
  protected readonly deps: SessionLifeDeps;

  constructor(deps: SessionLifeDeps) {
    this.deps = deps;
  }

  /** The answer to the client's `initialize`, byte for byte the upstream's where there is one. */
  async open(session: DownstreamSession): Promise<Buffer> {
    if (session.pinned === undefined) {
      session.serverRequests = new ServerRequests();
      return this.#ownHandshake(session);
    }
    const upstream = this.deps.catalog.get(session.pinned);
    if (upstream === undefined) throw new Failure('ended', session.pinned, 'it was removed');
    const { handshake } = await this.deps.registry.sessionFor(session, upstream);
    const result = handshake.body['result'];
    const version = isObject(result) ? result['protocolVersion'] : undefined;
    session.protocolVersion = typeof version === 'string' ? version : LATEST;
    return handshake.bytes;
  }

  #ownHandshake(session: DownstreamSession): Buffer {
    const wanted = paramsOf(session.initialize)['protocolVersion'];
    session.protocolVersion = VERSIONS.find((version) => version === wanted) ?? LATEST;
    const result = {
      protocolVersion: session.protocolVersion,
      capabilities: CAPABILITIES,
      serverInfo: { name: 'mcp-gauntlet-gateway', version: this.deps.version },
    };
    return resultBytes(session.initialize.idText, JSON.stringify(result));
  }

  /** An upstream session was opened: it is made ready for use before anything else is sent on it. */
  async opened(
    downstream: Downstream,
    upstreamSession: UpstreamSession,
    isFirst: boolean,
  ): Promise<void> {
    const session = this.deps.sessions.byId(downstream.id);
    // With one upstream, the client's own `initialized` follows the first handshake.
    if (session === undefined || session.pinned === undefined || !isFirst) {
      await upstreamSession.notify(notificationOf('notifications/initialized'));
    }
    if (session?.stream !== undefined) this.#listen(session, upstreamSession);
  }

  /** An upstream lost this session's state, or was made to. Told at once or at the next request. */
  stateLost(downstream: Downstream, upstream: Upstream): void {
    const session = this.deps.sessions.byId(downstream.id);
    if (session === undefined) return;
    this.deps.log.warn({ upstream: upstream.name }, 'the state of an upstream session is lost');
    if (this.#isEnding(session)) void this.end(session, 'lost');
    else session.untold.add(upstream.name);
  }

  /** The loss that this client must hear of before it gets anything from fresh state. */
  untold(session: DownstreamSession, upstream: Upstream): Failure | undefined {
    if (!session.untold.has(upstream.name)) return undefined;
    const detail =
      'the session with it ended and its state is lost, the next request starts afresh';
    return new Failure('lost', upstream.name, detail);
  }

  told(session: DownstreamSession, failure: Failure): void {
    session.untold.delete(failure.upstream);
  }

  /** Whether that loss ended the client's session, so that 404 is the answer. */
  endsWith(session: DownstreamSession, failure: Failure): boolean {
    return failure.kind === 'lost' && this.#isEnding(session);
  }

  #isEnding(session: DownstreamSession): boolean {
    return session.pinned !== undefined && this.deps.sessionLoss === '404';
  }

  /** The client opened its GET stream; an older one of the session ends. */
  attach(session: DownstreamSession, stream: EventStream): void {
    const before = session.stream;
    session.stream = stream;
    before?.end();
    // What listens upstream already writes to whichever stream is the session's.
    if (before !== undefined) return;
    for (const upstreamSession of this.deps.registry.openSessions(session)) {
      this.#listen(session, upstreamSession);
    }
  }

  /** That GET stream is gone. */
  detach(session: DownstreamSession, stream: EventStream): void {
    if (session.stream !== stream) return;
    session.stream = undefined;
    session.lastUsedAt = performance.now();
    for (const open of this.deps.registry.openSessions(session)) open.unlisten();
  }

  #listen(session: DownstreamSession, upstreamSession: UpstreamSession): void {
    upstreamSession.listen((message) => {
      session.stream?.message(this.toClient(session, upstreamSession, message).bytes);
    });
  }

  /** An upstream's message as this client gets it. */
  toClient(session: DownstreamSession, from: UpstreamSession, message: Message): Message {
    return session.serverRequests?.toClient(from, message) ?? message;
  }

  /** Passes a client's notification on. Only `initialized` is waited for: requests follow it. */
  async notify(session: DownstreamSession, message: Message): Promise<void> {
    const isInitialized = message.method === 'notifications/initialized';
    if (session.pinned === undefined && !this.#concernsAll(message)) return;
    const sent = this.deps.registry
      .openSessions(session)
      .map((upstreamSession) => this.#deliver(upstreamSession, message));
    if (isInitialized) await Promise.all(sent);
    else void Promise.allSettled(sent);
  }

  /** With several upstreams, what concerns one of them cannot be told apart, and is not spread. */
  #concernsAll(message: Message): boolean {
    return message.method === 'notifications/roots/list_changed';
  }

  async #deliver(upstreamSession: UpstreamSession, message: Message): Promise<void> {
    try {
      await upstreamSession.notify(message);
    } catch (error) {
      const upstream = upstreamSession.upstream.name;
      const failure = asFailure(error, upstream);
      const fields = { upstream, method: message.method, error: failure.message };
      this.deps.log.warn(fields, 'a message of a client was not delivered');
      throw failure;
    }
  }

  /** Passes a client's response to the upstream that asked. */
  respond(session: DownstreamSession, message: Message): void {
    const [only] = this.deps.registry.openSessions(session);
    const asked = session.serverRequests
      ? session.serverRequests.toUpstream(message)
      : only && { session: only, message };
    if (asked) void Promise.allSettled([this.#deliver(asked.session, asked.message)]);
  }

  /** Ends a client's session: its id is unknown at once, its upstream sessions are ended. */
  async end(session: DownstreamSession, reason: EvictionReason): Promise<void> {
    if (!this.deps.sessions.remove(session)) return;
    session.isEnded = true;
    session.stream?.end();
    if (reason !== 'lost') {
      for (const call of session.calls.values()) {
        const options = { maybeApplied: call.wasSent };
        call.host.failed(call, new Failure('ended', call.upstream, 'the session ended', options));
      }
    }
    const drainMs = reason === 'lost' ? this.deps.drainMs : 0;
    await this.deps.registry.evictDownstream(session, reason, drainMs);
  }
}
