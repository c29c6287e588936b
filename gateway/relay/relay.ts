/**
 * Carries what a client sends to the upstream session it belongs to, and back. Calls of one session
 * run side by side; each is answered once, from what its own exchange brought, and is sent upstream
 * at most once.
 */

import type { Answer } from '../downstream/answer.ts';
import type { DownstreamSession } from '../downstream/session.ts';
import { asFailure, Failure, type Wording } from '../jsonrpc/failure.ts';
import {
  errorBytes,
  idTextAt,
  notificationOf,
  paramsOf,
  progressTokenOf,
  resultBytes,
  type Message,
} from '../jsonrpc/message.ts';
import { Deadlines } from '../lifecycle/deadlines.ts';
import type { SparseLog } from '../observe/sparse-log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { UpstreamRegistry } from '../upstream/registry.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { Call, Leg, type CallHost } from './call.ts';
import type { Merger } from './merger.ts';
import type { Messages } from './messages.ts';
import { notice } from './notice.ts';
import { ProgressTokens } from './progress-tokens.ts';
import { URI_LISTS, type MergedList, type Router } from './router.ts';
import type { SessionLife } from './session-life.ts';

export interface RelayDeps {
  readonly registry: UpstreamRegistry;
  readonly router: Router;
  readonly merger: Merger;
  readonly life: SessionLife;
  readonly messages: Messages;
  readonly wording: Wording;
  readonly log: SparseLog;
  readonly metrics: Metrics;
  /** How long one request may take, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** Of one session; over HTTP+SSE a request does not even hold a connection. */
const MAX_CALLS = 10_000;

export class Relay implements CallHost, Disposable {
  protected readonly deps: RelayDeps;
  readonly #inFlight: Deadlines<Call>;
  #onDrained: (() => void) | undefined;

  constructor(deps: RelayDeps) {
    this.deps = deps;
    this.#inFlight = new Deadlines(deps.requestTimeoutMs);
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** A client's first request; its session is in being, and nobody knows its id yet. */
  initialize(session: DownstreamSession, answer: Answer): void {
    const call = this.begin(session, session.initialize, answer);
    this.deps.life.open(session).then(
      (handshake) => this.#opened(call, handshake),
      (error: unknown) => this.#notOpened(call, asFailure(error, session.pinned ?? '')),
    );
  }

  #opened(call: Call, handshake: Buffer): void {
    const isWanted = this.settle(call) && !call.answer.isUnread;
    if (isWanted) call.answer.json(handshake, call.session.id);
    else void this.deps.life.end(call.session, 'expired');
  }

  #notOpened(call: Call, failure: Failure): void {
    if (failure.answer === undefined) this.failed(call, failure);
    else this.answered(call, failure.answer);
    void this.deps.life.end(call.session, 'expired');
  }

  /** Any other request. */
  request(session: DownstreamSession, message: Message, answer: Answer): void {
    if (session.calls.get(message.idText) !== undefined) {
      const text = 'Invalid Request: a request with this id is still in flight';
      answer.refuse(400, -32600, text);
      return;
    }
    if (session.calls.size >= MAX_CALLS) {
      const text = `Unavailable: ${MAX_CALLS} requests of this session are in flight`;
      answer.unavailable(errorBytes(message.idText, -32603, text));
      return;
    }
    const call = this.begin(session, message, answer);
    const route = this.deps.router.routeOf(session, message);
    switch (route.kind) {
      case 'one':
        this.forward(call, route.upstream, route.message);
        return;
      case 'merge':
        this.#answerWith(call, this.#merged(call, route.list));
        return;
      case 'level':
        this.#answerWith(call, this.deps.life.setLogLevel(call));
        return;
      case 'find':
        this.#found(call);
        return;
      case 'here':
        this.#answerWith(call, Promise.resolve('{}'));
        return;
      case 'none':
        if (this.settle(call)) answer.refuse(200, route.code, route.text);
    }
  }

  protected begin(session: DownstreamSession, message: Message, answer: Answer): Call {
    const call = new Call(this, session, message, answer);
    call.upstream = session.pinned ?? '';
    session.calls.add(call);
    this.#inFlight.add(call);
    this.deps.metrics.requests += 1;
    return call;
  }

  /** Sends a call to one upstream, when its session is ready. */
  protected forward(call: Call, upstream: Upstream, message: Message): void {
    call.upstream = upstream.name;
    const untold = this.deps.life.untold(call.session, upstream);
    if (untold !== undefined) {
      this.failed(call, untold);
      return;
    }
    const ready = this.sessionFor(call, upstream);
    if (!(ready instanceof Promise)) {
      this.send(call, ready, message);
      return;
    }
    ready.then(
      (session) => this.send(call, session, message),
      (error: unknown) => this.failed(call, asFailure(error, upstream.name).ofUnsent()),
    );
  }

  /** The upstream session that a call goes out on. */
  sessionFor(call: Call, upstream: Upstream): UpstreamSession | Promise<UpstreamSession> {
    return this.deps.registry.sessionFor(call.session, upstream);
  }

  protected send(call: Call, session: UpstreamSession, message: Message): void {
    if (call.isSettled) return;
    const leg = new Leg(call, session, message.idText);
    call.legs.push(leg);
    const token = progressTokenOf(message);
    const tokens =
      token === undefined ? undefined : (call.session.progressTokens ??= new ProgressTokens());
    const sent = tokens?.toUpstream(leg, message, token as string) ?? message;
    leg.inFlight = session.send(sent, leg, session.upstream.passed(call.headers));
  }

  /** Something of the upstream that came on a call's own stream, before its answer. */
  passed(leg: Leg, message: Message): Promise<void> | undefined {
    return this.deps.messages.fromUpstream(leg.call.session, leg.session, message, leg);
  }

  answered(call: Call, message: Message): void {
    if (!this.settle(call)) return;
    this.deps.life.answered(call, message);
    call.answer.json(message.bytes);
  }

  failed(call: Call, failure: Failure): void {
    if (!this.settle(call)) return;
    const { life, metrics, wording } = this.deps;
    const { answer, session } = call;
    const { idText } = call.message;
    metrics.failed(failure.kind);
    if (failure.kind === 'lost' && life.endsWith(session, failure)) {
      answer.refuse(404, -32001, `Session not found: ${wording.errorText(failure)}`);
      return;
    }
    if (failure.kind === 'exhausted') {
      const fields = { upstream: failure.upstream, error: failure.message };
      this.deps.log.warn(fields, 'calls are refused for lack of resources');
      answer.unavailable(wording.errorFor(idText, failure));
      return;
    }
    if (failure.kind === 'lost' && !answer.isUnread) life.told(session, failure);
    answer.json(wording.errorFor(idText, failure));
  }

  /** The request timeout is over: the upstream is told to stop, the client gets its one error. */
  expired(call: Call): void {
    const detail = `no answer within ${this.deps.requestTimeoutMs} ms`;
    const options = { maybeApplied: call.wasSent };
    this.failed(call, new Failure('timeout', call.upstream, detail, options));
    for (const leg of call.legs) this.cancelLeg(leg, '"the request timed out"');
    if (call.message === call.session.initialize) {
      void this.deps.life.end(call.session, 'expired');
    }
  }

  /** A notification of the client. Resolves when it may be acknowledged. */
  async notification(session: DownstreamSession, message: Message): Promise<void> {
    if (message.method === 'notifications/cancelled') {
      const path = ['params', 'requestId'];
      const idText = idTextAt(message.bytes, paramsOf(message)['requestId'], path);
      if (idText !== undefined) this.cancel(session, idText, message);
      return;
    }
    await this.deps.messages.notify(session, message);
  }

  /** A client's response to a request of its upstream. */
  response(session: DownstreamSession, message: Message): void {
    this.deps.messages.respond(session, message);
  }

  /** The client wants no answer to this call any more: the upstream learns it under its own id. */
  cancel(session: DownstreamSession, idText: string, notification: Message): void {
    const call = session.calls.get(idText);
    if (call === undefined || call.message === session.initialize) return;
    if (!this.settle(call)) return;
    call.answer.nothing();
    const reason = paramsOf(notification)['reason'];
    const text = typeof reason === 'string' ? JSON.stringify(reason) : undefined;
    for (const leg of call.legs) this.cancelLeg(leg, text);
  }

  /** Stops one of a call's requests, once; `reason` is JSON text. */
  cancelLeg(leg: Leg, reason: string | undefined): void {
    const wasSent = leg.inFlight?.wasSent === true;
    leg.inFlight?.abandon();
    if (!wasSent || leg.isCancelled) return;
    leg.isCancelled = true;
    this.sendCancel(leg.session, leg.idText, reason);
  }

  /** `reason` is JSON text. */
  protected sendCancel(session: UpstreamSession, idText: string, reason: string | undefined): void {
    const tail = reason === undefined ? '' : `,"reason":${reason}`;
    const params = `{"requestId":${idText}${tail}}`;
    const cancel = notificationOf('notifications/cancelled', params);
    void Promise.allSettled([this.deps.messages.deliver(session, cancel)]);
  }

  /** Takes a call out of flight; false when it was already. */
  protected settle(call: Call): boolean {
    if (call.isSettled) return false;
    call.isSettled = true;
    const { session } = call;
    session.calls.delete(call);
    for (const { progressToken } of call.legs) {
      if (progressToken !== undefined) session.progressTokens?.release(progressToken);
    }
    const now = performance.now();
    session.lastUsedAt = now;
    this.#inFlight.delete(call);
    this.deps.metrics.answered((now - call.startedAt) / 1000);
    if (this.#inFlight.size === 0) this.#onDrained?.();
    return true;
  }

  /** Shows the clients of calls older than that, in milliseconds, that these are under way. */
  keepAlive(ms: number): void {
    const before = performance.now() - ms;
    for (const call of this.#inFlight.all()) {
      if (call.startedAt < before && call.message !== call.session.initialize) {
        call.answer.keepAlive();
      }
    }
  }

  /** Resolves when no call is under way. */
  async drained(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Answers every call that is still under way with one error. */
  failAll(detail: string): void {
    for (const call of this.#inFlight.all()) {
      const options = { maybeApplied: call.wasSent };
      this.failed(call, new Failure('ended', call.upstream, detail, options));
    }
  }

  [Symbol.dispose](): void {
    this.#inFlight[Symbol.dispose]();
  }

  #answerWith(call: Call, result: Promise<string>): void {
    const { idText } = call.message;
    result.then(
      (text) => {
        if (this.settle(call)) call.answer.json(resultBytes(idText, text));
      },
      (error: unknown) => this.failed(call, asFailure(error, call.upstream)),
    );
  }

  /** A list is no state of a session: it is given after a loss too, and the loss is told beside it. */
  async #merged(call: Call, list: MergedList): Promise<string> {
    const { life, merger, router } = this.deps;
    const reach = router.reach(call.session);
    for (const upstream of reach) {
      const untold = life.untold(call.session, upstream);
      if (untold) notice(call, upstream.name, untold.message);
    }
    const { result } = await merger.merge(call, reach, list);
    return result;
  }

  /** A URI that no upstream has named to this session: all are asked what they have, then again. */
  #found(call: Call): void {
    const { merger, router } = this.deps;
    const { message, session } = call;
    const reach = router.reach(session);
    Promise.all(URI_LISTS.map((list) => merger.merge(call, reach, list))).then(
      (merged) => {
        // Cancelled, or its session ended: nothing may be opened for it any more.
        if (call.isSettled) return;
        const route = router.routeOf(session, message);
        if (route.kind === 'one') this.forward(call, route.upstream, route.message);
        else if (this.settle(call)) {
          const silent = new Set(merged.flatMap(({ missing }) => missing));
          const but = silent.size === 0 ? '' : `; not asked: ${[...silent].join(', ')}`;
          const text = `Resource not found: no upstream lists it${but}`;
          call.answer.refuse(200, -32002, text);
        }
      },
      (error: unknown) => this.failed(call, asFailure(error, '')),
    );
  }
}
