/**
 * What passes between a client and its upstreams besides calls and their answers: notifications both
 * ways, and the requests of upstreams with their responses. Each goes to the one session it is for,
 * and on the stream of the call it belongs to.
 */

import type { Answer } from '../downstream/answer.ts';
import type { EventStream } from '../downstream/event-stream.ts';
import type { DownstreamSession } from '../downstream/session.ts';
import { asFailure, Failure } from '../jsonrpc/failure.ts';
import { errorBytes, paramsOf, parseMessage, type Message } from '../jsonrpc/message.ts';
import type { SparseLog } from '../observe/sparse-log.ts';
import type { UpstreamRegistry } from '../upstream/registry.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { Call, ForClient, Leg } from './call.ts';
import { ServerRequests } from './server-requests.ts';

export interface MessagesDeps {
  readonly registry: UpstreamRegistry;
  readonly log: SparseLog;
}

/** Each takes a socket, and nobody waits for it: more are dropped. */
const MAX_WAITING = 1_000;

export class Messages {
  readonly #deps: MessagesDeps;
  /** Messages that an upstream session has not taken yet. */
  readonly #waiting = new WeakMap<UpstreamSession, number>();

  constructor(deps: MessagesDeps) {
    this.#deps = deps;
  }

  /** Passes on what the upstream says outside of calls, for as long as the client has a stream. */
  listen(session: DownstreamSession, upstreamSession: UpstreamSession): void {
    upstreamSession.listen((message) => this.fromUpstream(session, upstreamSession, message));
  }

  /**
   * `leg`: on whose stream the message came, if it came on one. Resolves when the client has caught
   * up, and more should not be read from upstream before.
   */
  fromUpstream(
    session: DownstreamSession,
    from: UpstreamSession,
    message: Message,
    leg?: Leg,
  ): Promise<void> | undefined {
    const call = leg?.call ?? this.#onlyWayTo(session, from);
    if (message.kind === 'request') return this.#request(session, { from, message, call });
    const addressed = this.#addressed(session, from, { message, call });
    return addressed && streamTo(session, addressed.call)?.message(addressed.message.bytes);
  }

  /** A notification in the client's own terms; undefined when it is not for this client. */
  #addressed(
    session: DownstreamSession,
    from: UpstreamSession,
    came: ForClient,
  ): ForClient | undefined {
    const { message } = came;
    switch (message.method) {
      case 'notifications/cancelled':
        return session.serverRequests?.cancelled(from, message);
      case 'notifications/progress':
        return session.progressTokens?.toClient(from, message);
      case 'notifications/resources/updated': {
        const { uri } = paramsOf(message);
        return session.resources?.isForeign(uri, from.upstream.name) === true ? undefined : came;
      }
      default:
        return came;
    }
  }

  /** Where a client without a GET stream can be reached: a call under way to that upstream. */
  #onlyWayTo(session: DownstreamSession, from: UpstreamSession): Call | undefined {
    if (session.stream !== undefined) return undefined;
    return session.calls.all().findLast(({ legs }) => legs.some((leg) => leg.session === from));
  }

  #request(
    session: DownstreamSession,
    asked: {
      readonly from: UpstreamSession;
      readonly message: Message;
      readonly call: Call | undefined;
    },
  ): Promise<void> | undefined {
    const { from, message } = asked;
    const call = asked.call?.answer.isUnread === true ? undefined : asked.call;
    const stream = streamTo(session, call);
    if (stream === undefined) {
      // The upstream shall not wait for a response that cannot come.
      const text = 'The client has no open stream';
      const refusal = parseMessage(errorBytes(message.idText, -32603, text));
      void Promise.allSettled([this.deliver(from, refusal)]);
      return undefined;
    }
    session.serverRequests ??= new ServerRequests(session.pinned !== undefined);
    return stream.message(session.serverRequests.toClient(from, message, call).bytes);
  }

  /** Passes a client's notification on. Only `initialized` is waited for: requests follow it. */
  async notify(session: DownstreamSession, message: Message): Promise<void> {
    const { method } = message;
    if (method === 'notifications/progress') {
      const progress = session.serverRequests?.progress(message);
      if (progress) void Promise.allSettled([this.deliver(progress.session, progress.message)]);
      return;
    }
    session.isInitialized ||= method === 'notifications/initialized';
    if (session.pinned === undefined && !this.#concernsAll(message)) return;
    const sent = this.#deps.registry
      .openSessions(session)
      .map((upstreamSession) => this.deliver(upstreamSession, message));
    if (method === 'notifications/initialized') await Promise.all(sent);
    else void Promise.allSettled(sent);
  }

  /** With several upstreams, what concerns one of them cannot be told apart, and is not spread. */
  #concernsAll(message: Message): boolean {
    return message.method === 'notifications/roots/list_changed';
  }

  /** Sends a message on behalf of a client. Rejects with a Failure, which was logged. */
  async deliver(to: UpstreamSession, message: Message): Promise<void> {
    const upstream = to.upstream.name;
    const waiting = this.#waiting.get(to) ?? 0;
    try {
      if (waiting >= MAX_WAITING) {
        throw new Failure('refused', upstream, `${waiting} before it were not taken yet`);
      }
      this.#waiting.set(to, waiting + 1);
      await to.notify(message).finally(() => {
        this.#waiting.set(to, (this.#waiting.get(to) ?? 1) - 1);
      });
    } catch (error) {
      const failure = asFailure(error, upstream);
      const fields = { upstream, method: message.method, error: failure.message };
      this.#deps.log.warn(fields, 'a message of a client was not delivered');
      throw failure;
    }
  }

  /** Passes a client's response to the upstream that asked; nobody else gets it. */
  respond(session: DownstreamSession, message: Message): void {
    const asked = session.serverRequests?.response(message);
    if (asked) void Promise.allSettled([this.deliver(asked.session, asked.message)]);
  }
}

/** The stream of a call that is under way, else the client's GET stream, if there is one. */
function streamTo(
  session: DownstreamSession,
  call: Call | undefined,
): Answer | EventStream | undefined {
  return call?.isSettled === false ? call.answer : session.stream;
}
