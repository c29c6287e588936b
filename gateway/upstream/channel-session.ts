/**
 * A session that is its transport: one channel for everything that both sides say, on which answers
 * are told apart by their ids. When the channel ends, so has the session with its state: calls under
 * way fail at once, nothing is resumed, and nothing is sent on another channel in its place.
 */

import { asFailure, Failure, refusedToInitialize } from '../jsonrpc/failure.ts';
import {
  isObject,
  parseMessage,
  resultBytes,
  errorBytes,
  type Message,
} from '../jsonrpc/message.ts';
import { isOwnId } from './ask.ts';
import type { Sink } from './exchange.ts';
import type { Downstream } from './owner.ts';
import type { InFlight, Listener, SessionHost, UpstreamSession } from './session.ts';
import type { Upstream } from './upstream.ts';

/** A message on its way to the upstream. */
export interface Sending {
  /** False while no byte of it can have left. */
  readonly wasSent: boolean;
  /** Rejects with a Failure when the upstream did not take it. */
  readonly accepted: Promise<void>;
  /** Takes it back, if it has not left. */
  abort(): void;
}

/** Ids of calls that nobody waits for, whose answers may still come; the oldest is forgotten. */
const MAX_ABANDONED = 1_000;

class ChannelCall implements InFlight {
  readonly idText: string;
  readonly sink: Sink;
  sending: Sending | undefined;
  readonly #session: ChannelSession;

  constructor(session: ChannelSession, message: Message, sink: Sink) {
    this.#session = session;
    this.idText = message.idText;
    this.sink = sink;
  }

  get wasSent(): boolean {
    return this.sending?.wasSent === true;
  }

  abandon(): void {
    this.#session.release(this);
  }

  fail(failure: Failure): void {
    if (this.#session.release(this)) this.sink.failed(failure);
  }
}

export abstract class ChannelSession implements UpstreamSession {
  readonly upstream: Upstream;
  protected readonly host: SessionHost;
  protected readonly downstream: Downstream;
  readonly #onLost: () => void;
  readonly #opening = Promise.withResolvers<Message>();
  readonly #calls = new Map<string, ChannelCall>();
  readonly #abandoned = new Set<string>();
  #listener: Listener | undefined;
  #handshake: Message | undefined;
  #lastHeardAt = performance.now();
  #isRetired = false;
  #ended: Failure | undefined;

  constructor(upstream: Upstream, host: SessionHost, onLost: () => void, downstream: Downstream) {
    this.upstream = upstream;
    this.downstream = downstream;
    this.host = host;
    this.#onLost = onLost;
  }

  /** Resolves when messages can be sent; rejects with a Failure. */
  protected abstract connect(): Promise<void>;
  protected abstract post(message: Message, headers?: readonly string[]): Sending;
  /** Ends the channel, once however often it is called; rejects when it would not end. */
  protected abstract disconnect(): Promise<void>;

  get name(): string {
    return this.upstream.name;
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  get handshake(): Message {
    if (this.#handshake === undefined) throw new Error('the session is not open');
    return this.#handshake;
  }

  isUsable(): boolean {
    return !this.#isRetired && this.#handshake !== undefined;
  }

  needsProbe(): boolean {
    const { idleProbeAfterMs } = this.host;
    if (idleProbeAfterMs === 0 || this.#calls.size > 0) return false;
    return performance.now() - this.#lastHeardAt > idleProbeAfterMs;
  }

  proven(): void {
    this.#lastHeardAt = performance.now();
  }

  async open(initialize: Message): Promise<void> {
    const { promise, resolve, reject } = this.#opening;
    const sink = {
      passed: () => undefined,
      keepAlive: () => {},
      answered: resolve,
      failed: reject,
    };
    const headers = this.upstream.passedAtOpening(this.downstream);
    this.connect().then(() => this.send(initialize, sink, headers), reject);
    const answer = await promise;
    if (!isObject(answer.body['result'])) {
      throw refusedToInitialize(this.name, answer);
    }
    this.#handshake = answer;
  }

  stopOpening(why: Failure): void {
    this.failAll(why);
  }

  send(message: Message, sink: Sink, headers?: readonly string[]): InFlight {
    const { idText } = message;
    const call = new ChannelCall(this, message, sink);
    if (this.#ended !== undefined) {
      sink.failed(this.#ended.ofUnsent());
    } else if (this.#calls.has(idText) || this.#abandoned.has(idText)) {
      // Its answer could not be told from the other's.
      const detail = 'an earlier request with this id has not ended there';
      sink.failed(new Failure('invalid', this.name, detail, { maybeApplied: false }));
    } else {
      this.#calls.set(idText, call);
      call.sending = this.post(message, headers);
      this.#accepted(call.sending, call).catch(() => {});
    }
    return call;
  }

  async notify(message: Message): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    await this.#accepted(this.post(message));
  }

  async #accepted({ accepted }: Sending, call?: ChannelCall): Promise<void> {
    try {
      await accepted;
    } catch (error) {
      const failure = asFailure(error, this.name);
      const isAwaited = call !== undefined && this.release(call);
      if (failure.kind === 'lost') this.lose('it no longer knows this session');
      if (isAwaited) call.sink.failed(failure);
      throw failure;
    }
  }

  listen(listener: Listener): void {
    this.#listener = listener;
  }

  unlisten(): void {
    this.#listener = undefined;
  }

  retire(): void {
    this.#isRetired = true;
    this.unlisten();
  }

  async terminate(why: Failure): Promise<void> {
    this.failAll(why);
    await this.disconnect();
  }

  failAll(why: Failure): void {
    this.#ended ??= why;
    this.retire();
    for (const call of this.#calls.values()) call.fail(this.#asTold(why, call));
    this.#opening.reject(why.ofUnsent());
  }

  /** The channel has ended by itself, or is of no use any more. `detail` says how. */
  protected lose(detail: string): void {
    if (this.#ended !== undefined) return;
    const hadState = this.#handshake !== undefined;
    const why = hadState
      ? new Failure('lost', this.name, `${detail}, its state is lost`)
      : new Failure('broken', this.name, detail);
    this.#ended = why;
    // Before the calls fail: their failure tells the client of the loss.
    if (hadState) this.#onLost();
    this.failAll(why);
    this.disconnect().catch((error: unknown) => {
      const { message } = asFailure(error, this.name);
      this.host.log.warn({ upstream: this.name, error: message }, 'a lost session is left behind');
    });
  }

  #asTold(why: Failure, call: ChannelCall): Failure {
    return new Failure(why.kind, this.name, why.message, { maybeApplied: call.wasSent });
  }

  /** Nobody waits for that call any more; false when nobody did. */
  release(call: ChannelCall): boolean {
    const { idText } = call;
    if (this.#calls.get(idText) !== call) return false;
    this.#calls.delete(idText);
    if (!call.wasSent) {
      call.sending?.abort();
      return true;
    }
    this.#abandoned.add(idText);
    const [oldest] = this.#abandoned;
    if (this.#abandoned.size > MAX_ABANDONED && oldest !== undefined) {
      this.#abandoned.delete(oldest);
    }
    return true;
  }

  /** One message of the upstream. */
  protected received(bytes: Buffer): void {
    this.proven();
    if (this.#ended !== undefined) return;
    let message: Message;
    try {
      message = parseMessage(bytes);
    } catch {
      this.#dropped('something that is not JSON-RPC');
      return;
    }
    if (message.kind === 'response') this.#answered(message);
    else this.#route(message);
  }

  #answered(message: Message): void {
    const call = this.#calls.get(message.idText);
    this.#calls.delete(message.idText);
    if (call !== undefined) call.sink.answered(message);
    else if (!this.#abandoned.delete(message.idText)) this.#dropped('an answer to nothing');
  }

  /**
   * The channel does not say which request a message belongs to. What comes while one call is under
   * way is taken to belong to it; what else comes goes to the client's own stream, or, without one,
   * along with the latest call. (Progress finds its call by its token, whichever way it goes.)
   * The channel does not wait for a slow reader: it would hold up the answers to others.
   */
  #route(message: Message): void {
    if (message.method === 'ping' && message.kind === 'request') {
      this.#reply(resultBytes(message.idText, '{}'));
      return;
    }
    const calls = [...this.#calls.values()].filter(({ idText }) => !isOwnId(idText));
    if (this.#listener !== undefined && calls.length !== 1) void this.#listener(message);
    else if (calls.length > 0) void calls.at(-1)?.sink.passed(message);
    else if (message.kind === 'request') {
      this.#reply(errorBytes(message.idText, -32603, 'The client has no open stream'));
    }
  }

  #reply(bytes: Buffer): void {
    this.notify(parseMessage(bytes)).catch(() => this.#dropped('a request without a way back'));
  }

  #dropped(what: string): void {
    this.host.log.warn({ upstream: this.name, what }, 'a message of an upstream was dropped');
  }
}
