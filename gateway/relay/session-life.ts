/**
 * The life of a client's session: how it is opened, what is told and restored when an upstream lost
 * its state, and how it ends.
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
import type { Call } from './call.ts';
import type { Messages } from './messages.ts';
import { notice, SERVER_NAME } from './notice.ts';
import { ResourceOwners } from './resource-owners.ts';
import { offers, SessionState } from './session-state.ts';

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

/** Lists that a session in a lost one's place may have others of. */
const LISTS = ['tools', 'prompts', 'resources'] as const;

/** Requests that set something in a session which has to be there again in the next. */
const STATEFUL: ReadonlySet<string> = new Set([
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/** What a client sees when an upstream lost its state; '404' is for an only upstream. */
export type LossPolicy = '404' | 'error' | 'reinitialize-told';

export interface SessionLifeDeps {
  readonly registry: UpstreamRegistry;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly messages: Messages;
  readonly log: SparseLog;
  readonly version: string;
  readonly sessionLoss: LossPolicy;
  /** How long calls of a session that ends by itself may go on, in milliseconds. */
  readonly drainMs: number;
  /** Bounds each request with which a session's state is set again, in milliseconds. */
  readonly restoreTimeoutMs: number;
}

export class SessionLife {
  protected readonly deps: SessionLifeDeps;

  constructor(deps: SessionLifeDeps) {
    this.deps = deps;
  }

  /** The answer to the client's `initialize`, byte for byte the upstream's where there is one. */
  async open(session: DownstreamSession): Promise<Buffer> {
    if (session.pinned === undefined) return this.#ownHandshake(session);
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
      serverInfo: { name: SERVER_NAME, version: this.deps.version },
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
    if (session?.pinned === undefined || session.isInitialized) {
      await upstreamSession.notify(notificationOf('notifications/initialized'));
    }
    const news = session && (await this.#restore(session, upstreamSession, isFirst));
    if (session?.stream === undefined) return;
    this.deps.messages.listen(session, upstreamSession);
    for (const message of news ?? []) void session.stream.message(message.bytes);
  }

  /** What the client set in the session before this one; the news that it has to hear. */
  async #restore(
    session: DownstreamSession,
    fresh: UpstreamSession,
    isFirst: boolean,
  ): Promise<readonly Message[]> {
    const { log, restoreTimeoutMs } = this.deps;
    const code = await session.state?.applyLevel(fresh, restoreTimeoutMs);
    if (code !== undefined) {
      log.warn({ upstream: fresh.upstream.name, code }, 'the log level was refused');
    }
    const updates = await session.state?.subscribe(fresh, restoreTimeoutMs);
    const wasMissing = session.missing?.delete(fresh.upstream.name) === true;
    if (isFirst && !wasMissing) return updates ?? [];
    const changed = LISTS.filter((list) => offers(fresh, list)).map(listChanged);
    return [...changed, ...(updates ?? [])];
  }

  /** These upstreams came, went or became others: who has them behind one endpoint asks again. */
  listsChanged(upstreams: readonly string[]): void {
    for (const { isInitialized, pinned, stream, user } of this.deps.sessions.all()) {
      const isConcerned = upstreams.some((name) => user.upstreams?.includes(name) ?? true);
      if (pinned !== undefined || !isInitialized || !isConcerned) continue;
      for (const list of LISTS) void stream?.message(listChanged(list).bytes);
    }
  }

  /** An upstream lost this session's state, or was made to. Told at once or at the next request. */
  stateLost(downstream: Downstream, upstream: Upstream): void {
    const session = this.deps.sessions.byId(downstream.id);
    if (session === undefined) return;
    this.deps.log.warn({ upstream: upstream.name }, 'the state of an upstream session is lost');
    if (this.#isEnding(session)) void this.end(session, 'lost');
    else session.untold.add(upstream.name);
    if (this.deps.sessionLoss === 'reinitialize-told') this.#reopen(session, upstream.name);
  }

  /** A new session is on its way before the client has heard of the loss. */
  #reopen(session: DownstreamSession, name: string): void {
    const { catalog, log, registry } = this.deps;
    const upstream = catalog.get(name);
    if (upstream === undefined) return;
    Promise.resolve(registry.sessionFor(session, upstream)).catch((error: unknown) => {
      const fields = { upstream: name, error: asFailure(error, name).message };
      log.warn(fields, 'no new session could be opened in place of a lost one');
    });
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

  /**
   * Whether that loss ended the client's session, so that 404 is the answer. Clients may repeat what
   * was answered 404, so it is not for a request that may have been carried out.
   */
  endsWith(session: DownstreamSession, failure: Failure): boolean {
    return failure.kind === 'lost' && !failure.maybeApplied && this.#isEnding(session);
  }

  #isEnding(session: DownstreamSession): boolean {
    return session.pinned !== undefined && this.deps.sessionLoss === '404';
  }

  /** The client opened its GET stream; an older one of the session ends. */
  attach(session: DownstreamSession, stream: EventStream): void {
    const before = session.stream;
    session.stream = stream;
    before?.close();
    // What listens upstream already writes to whichever stream is the session's.
    if (before !== undefined) return;
    for (const upstreamSession of this.deps.registry.openSessions(session)) {
      this.deps.messages.listen(session, upstreamSession);
    }
  }

  /** That GET stream is gone, and its reader did not come back. */
  detach(session: DownstreamSession, stream: EventStream): void {
    if (session.stream !== stream) return;
    session.stream = undefined;
    session.lastUsedAt = performance.now();
    for (const open of this.deps.registry.openSessions(session)) open.unlisten();
  }

  /** A call was answered: what has to be known of it later is kept. */
  answered(call: Call, message: Message): void {
    const { session, upstream, message: request } = call;
    if (this.#isEnding(session)) return;
    const result = message.body['result'];
    if (!isObject(result)) return;
    if (session.pinned === undefined) {
      session.resources ??= new ResourceOwners();
      session.resources.mentioned(result, upstream);
    }
    if (!STATEFUL.has(request.method)) return;
    session.state ??= new SessionState();
    session.state.accepted(request, upstream);
  }

  /** With several upstreams: the level for all of them, also for those that are opened later. */
  async setLogLevel(call: Call): Promise<string> {
    const { session, message } = call;
    const state = (session.state ??= new SessionState());
    state.accepted(message, '');
    const set = async (open: UpstreamSession): Promise<void> => {
      const { name } = open.upstream;
      try {
        const code = await state.applyLevel(open, this.deps.restoreTimeoutMs);
        if (code !== undefined) notice(call, name, `it refused the log level (${code})`);
      } catch (error) {
        notice(call, name, `it did not take the log level: ${asFailure(error, name).message}`);
      }
    };
    await Promise.all(this.deps.registry.openSessions(session).map(set));
    return '{}';
  }

  /** Ends a client's session: its id is unknown at once, its upstream sessions are ended. */
  async end(session: DownstreamSession, reason: EvictionReason): Promise<void> {
    if (!this.deps.sessions.remove(session)) return;
    session.isEnded = true;
    // The call that met the loss gets its own error first, while there is a stream for it.
    if (reason === 'lost' && session.isLegacy) await Promise.resolve();
    if (reason !== 'lost' || session.isLegacy) {
      for (const call of session.calls.all()) {
        const options = { maybeApplied: call.wasSent };
        call.host.failed(call, new Failure('ended', call.upstream, 'the session ended', options));
      }
    }
    session.endStreams();
    const drainMs = reason === 'lost' ? this.deps.drainMs : 0;
    const ended = this.deps.registry.evictDownstream(session, reason, drainMs);
    await (session.calls.size > 0 ? this.deps.sessions.finish(session, ended) : ended);
  }
}

function listChanged(list: (typeof LISTS)[number]): Message {
  return notificationOf(`notifications/${list}/list_changed`);
}
