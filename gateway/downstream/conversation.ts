/**
 * What a client's messages set off once they were let in: a session is opened, a message is carried,
 * a stream is opened, the session is ended.
 */

import { Failure } from '../jsonrpc/failure.ts';
import type { Message } from '../jsonrpc/message.ts';
import type { Relay } from '../relay/relay.ts';
import type { SessionLife } from '../relay/session-life.ts';
import type { Catalog } from '../upstream/catalog.ts';
import { gatewaysPassed, loopOf } from '../via.ts';
import type { Answer } from './answer.ts';
import { BatchAnswer } from './batch-answer.ts';
import type { EventBuffer } from './event-buffer.ts';
import { EventStream } from './event-stream.ts';
import { LegacyAnswer } from './legacy-answer.ts';
import type { DownstreamSession } from './session.ts';
import type { Full, Sessions } from './sessions.ts';
import type { User, Users } from './users.ts';
import type { Visit } from './visit.ts';

export interface ConversationDeps {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly catalog: Catalog;
  readonly relay: Relay;
  readonly life: SessionLife;
  readonly buffer: EventBuffer;
  readonly config: { readonly maxHops: number };
}

const RETRY = { 'retry-after': '5' };
/** Closing the socket spares the client a reset later. */
const RETRY_ELSEWHERE = { ...RETRY, connection: 'close' };

const FULL: Readonly<Record<Full, string>> = {
  full: 'Unavailable: too many sessions',
  'full-for-user': 'Unavailable: this user has too many sessions',
};

/** It is kept for as long as the session, to open others with. */
const MAX_INITIALIZE_BYTES = 64 * 1024;

export class Conversation {
  readonly #deps: ConversationDeps;
  #isDraining = false;

  constructor(deps: ConversationDeps) {
    this.#deps = deps;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** No new session and no new request from now on; what belongs to calls under way still passes. */
  drain(): void {
    this.#isDraining = true;
  }

  initialize(visit: Visit, message: Message): void {
    const { answer } = visit;
    const session = this.#isKept(visit, message) ? this.#open(visit, message) : undefined;
    if (session !== undefined) this.#deps.relay.initialize(session, answer);
  }

  /** Whether an `initialize` is small enough to stay; refused with 413 when it is not. */
  #isKept({ answer }: Visit, { bytes }: Message): boolean {
    const isSmall = bytes.length <= MAX_INITIALIZE_BYTES;
    const text = `Payload too large: at most ${MAX_INITIALIZE_BYTES} bytes to initialize`;
    if (!isSmall) answer.refuse(413, -32600, text);
    return isSmall;
  }

  /** A new session; refused with 503 when there is no room or nothing to reach. */
  #open(visit: Visit, initialize?: Message): DownstreamSession | undefined {
    const { answer, path, user } = visit;
    if (this.#isDraining) {
      this.#refuse(answer);
      return undefined;
    }
    const via = this.#wayOf(visit, answer);
    if (via === undefined) return undefined;
    const reach = visit.upstream === undefined ? this.#reachOf(user) : [visit.upstream];
    if (reach.length === 0) {
      const text = 'Unavailable: no upstream is configured';
      answer.refuse(503, -32603, text, { headers: RETRY });
      return undefined;
    }
    const pinned = reach.length === 1 ? reach[0] : undefined;
    const { buffer, catalog, sessions } = this.#deps;
    const session = sessions.create({ user, endpoint: path, pinned, via, initialize, buffer });
    if (typeof session !== 'string') {
      session.passed = catalog.passed(visit.request.headers);
      return session;
    }
    answer.refuse(503, -32603, FULL[session], { headers: RETRY });
    return undefined;
  }

  /** The gateways that a session passed before this one; undefined, and refused, when it may not go on. */
  #wayOf({ request }: Visit, answer: Answer): readonly string[] | undefined {
    const via = gatewaysPassed(request.headers);
    const loop = loopOf(via, this.#deps.config.maxHops);
    if (loop === undefined) return via;
    answer.refuse(508, -32603, loop);
    return undefined;
  }

  #reachOf(user: User): readonly string[] {
    const names = this.#deps.catalog.all().map(({ name }) => name);
    return names.filter((name) => this.#deps.users.mayUse(user, name));
  }

  /** Any message of an open session but `initialize`. */
  take(visit: Visit, session: DownstreamSession, message: Message): void {
    const { answer } = visit;
    const { relay } = this.#deps;
    if (message.kind === 'request') {
      if (this.#isDraining) this.#refuse(answer);
      else relay.request(session, message, this.#answerTo(visit, session));
    } else if (message.kind === 'response') {
      relay.response(session, message);
      answer.empty(202);
    } else {
      relay.notification(session, message).then(
        () => answer.empty(202),
        (error: unknown) => this.#undelivered(session, answer, error),
      );
    }
  }

  /** Where the answer to a request goes. */
  #answerTo({ answer }: Visit, session: DownstreamSession): Answer {
    if (session.isLegacy) {
      answer.empty(202);
      return new LegacyAnswer(answer, session);
    }
    answer.session = session;
    return answer;
  }

  /** Several messages at once, in their order; each request is carried as if it had come alone. */
  takeBatch(visit: Visit, session: DownstreamSession, messages: readonly Message[]): void {
    const { answer } = visit;
    const { relay } = this.#deps;
    const requests = messages.filter(({ kind }) => kind === 'request').length;
    if (requests > 0 && this.#isDraining) {
      this.#refuse(answer);
      return;
    }
    const batch = new BatchAnswer(this.#answerTo(visit, session), requests);
    const taken = messages.map(async (message) => {
      const { idText, kind } = message;
      if (kind === 'request') {
        relay.request(session, message, batch.part(idText));
      } else if (kind === 'response') relay.response(session, message);
      else await relay.notification(session, message);
    });
    Promise.all(taken).then(
      () => requests === 0 && answer.empty(202),
      (error: unknown) => requests === 0 && this.#undelivered(session, answer, error),
    );
  }

  #undelivered(session: DownstreamSession, answer: Answer, error: unknown): void {
    if (session.isEnded) answer.unknownSession();
    else if (error instanceof Failure && error.kind === 'exhausted') {
      answer.refuse(503, -32603, `Unavailable: ${error.message}`, { headers: RETRY });
    } else answer.refuse(502, -32603, 'Bad gateway: the upstream did not accept this');
  }

  /** Opens the session's stream for what belongs to no call, or goes on with any that broke. */
  listen(visit: Visit, session: DownstreamSession): void {
    const { answer, request } = visit;
    const { response } = answer;
    const { life } = this.#deps;
    const lastEventId = request.headers['last-event-id'];
    if (typeof lastEventId === 'string' && lastEventId !== '') {
      if (!session.streams.resume(lastEventId, response)) {
        const text = 'Bad request: what came after this Last-Event-ID is no longer kept here';
        answer.refuse(400, -32600, text);
        return;
      }
    } else {
      const { isPrimed, streams } = session;
      const stream = streams.open(response, isPrimed, () => life.detach(session, stream));
      if (!isPrimed) stream.flush();
      life.attach(session, stream);
    }
    response.on('close', () => (session.lastUsedAt = performance.now()));
  }

  /** A session over HTTP+SSE, which ends with this stream. */
  openLegacy(visit: Visit): void {
    const session = this.#open(visit);
    if (session === undefined) return;
    const { response } = visit.answer;
    session.stream = EventStream.on(response, session.stallMs);
    // Relative to the stream's own address: right behind any prefix, also one that a proxy takes off.
    session.stream.endpoint(`messages?sessionId=${session.id}`);
    response.on('close', () => void this.#deps.life.end(session, 'disconnected'));
  }

  /** The `initialize` of a session over HTTP+SSE. */
  begin(visit: Visit, session: DownstreamSession, initialize: Message): void {
    if (this.#isDraining) {
      this.#refuse(visit.answer);
      return;
    }
    if (!this.#isKept(visit, initialize)) return;
    const answer = this.#answerTo(visit, session);
    const via = this.#wayOf(visit, answer);
    if (via === undefined) return;
    session.begin(initialize, via);
    this.#deps.relay.initialize(session, answer);
  }

  end(visit: Visit, session: DownstreamSession): void {
    void this.#deps.life.end(session, 'deleted');
    visit.answer.empty(204);
  }

  #refuse(answer: Answer): void {
    const text = 'Unavailable: the gateway is shutting down';
    answer.refuse(503, -32603, text, { headers: RETRY_ELSEWHERE });
  }
}
