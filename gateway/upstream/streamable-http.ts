/**
 * A session with an upstream over Streamable HTTP. A cut connection costs the calls that were on it
 * and nothing else: the session lives at the upstream under its id, and only the upstream's 404 says
 * that it is gone. The id is taken at the handshake and never again.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { Chain } from '../lifecycle/chain.ts';
import type { Deadlines, Timed } from '../lifecycle/deadlines.ts';
import { Failure, refusedToInitialize } from '../jsonrpc/failure.ts';
import { isObject, type Message } from '../jsonrpc/message.ts';
import { Acknowledgement } from './acknowledgement.ts';
import { Exchange, type ExchangeHost, type Sink } from './exchange.ts';
import type { Downstream } from './owner.ts';
import type { InFlight, Listener, SessionHost, UpstreamSession } from './session.ts';
import { UpstreamStream } from './stream.ts';
import type { Upstream } from './upstream.ts';

const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;

export class StreamableHttpSession implements UpstreamSession, ExchangeHost {
  readonly upstream: Upstream;
  readonly lingering: Deadlines<Timed>;
  readonly #host: SessionHost;
  readonly #idleProbeAfterMs: number;
  readonly #exchanges = new Chain<Exchange>();
  readonly #onLost: () => void;
  readonly #downstream: Downstream;
  #headers: readonly string[];
  #id: string | undefined;
  #handshake: Message | undefined;
  #lastHeardAt = performance.now();
  #isSuspect = false;
  #isRetired = false;
  #isLost = false;
  #stream: UpstreamStream | undefined;

  /** `onLost` is called once, when the upstream says that it no longer knows this session. */
  constructor(upstream: Upstream, host: SessionHost, onLost: () => void, downstream: Downstream) {
    this.upstream = upstream;
    this.#downstream = downstream;
    this.lingering = host.lingering;
    this.#host = host;
    this.#idleProbeAfterMs = host.idleProbeAfterMs;
    this.#onLost = onLost;
    this.#headers = this.#postHeaders([]);
  }

  get name(): string {
    return this.upstream.name;
  }

  get hasId(): boolean {
    return this.#id !== undefined;
  }

  get inFlight(): number {
    return this.#exchanges.size;
  }

  get handshake(): Message {
    if (this.#handshake === undefined) throw new Error('the session is not open');
    return this.#handshake;
  }

  isUsable(): boolean {
    return !this.#isRetired && !this.#isLost && this.#handshake !== undefined;
  }

  needsProbe(): boolean {
    if (this.#isSuspect) return true;
    if (this.#idleProbeAfterMs === 0 || this.#exchanges.size > 0) return false;
    return performance.now() - this.#lastHeardAt > this.#idleProbeAfterMs;
  }

  proven(): void {
    this.#isSuspect = false;
    this.#lastHeardAt = performance.now();
  }

  /** Sends this `initialize`; rejects with a Failure, after which the session is of no use. */
  async open(initialize: Message): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const sink = {
      passed: () => undefined,
      keepAlive: () => {},
      answered: resolve,
      failed: reject,
    };
    this.send(initialize, sink, this.upstream.passedAtOpening(this.#downstream));
    const answer = await promise;
    const result = answer.body['result'];
    if (!isObject(result)) {
      throw refusedToInitialize(this.name, answer);
    }
    const version = result['protocolVersion'];
    const id = this.#id === undefined ? [] : ['mcp-session-id', this.#id];
    const revision = typeof version === 'string' ? ['mcp-protocol-version', version] : [];
    this.#headers = this.#postHeaders([...id, ...revision]);
    this.#handshake = answer;
  }

  /** Its id, by which it can be ended, comes with the answer. */
  stopOpening(): void {}

  send(message: Message, sink: Sink, headers = this.#passed()): InFlight {
    const exchange = new Exchange(this, message.idText, sink);
    exchange.underWay = this.#exchanges.add(exchange);
    this.upstream.calls.dispatch(
      {
        path: this.upstream.target,
        method: 'POST',
        headers: this.#with(headers) as string[],
        body: message.bytes,
      },
      exchange,
    );
    return exchange;
  }

  async notify(message: Message): Promise<void> {
    const status = await this.#status('POST', this.#with(this.#passed()), message.bytes);
    if (status === 404 && this.hasId) this.markLost();
    if (status >= 300) throw new Failure('refused', this.name, `it answered HTTP ${status}`);
  }

  listen(listener: Listener): void {
    this.unlisten();
    if (!this.isUsable()) return;
    // Some servers answer 404 where they have no streams at all.
    const onGone = (wasOpen: boolean): void => (wasOpen ? this.markLost() : this.markSuspect());
    this.#stream = new UpstreamStream(this.upstream, () => this.#identity(), listener, onGone);
    this.#stream.open();
  }

  unlisten(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  retire(): void {
    this.#isRetired = true;
    this.unlisten();
  }

  async terminate(why: Failure): Promise<void> {
    this.failAll(why);
    if (this.#id === undefined || this.#isLost) return;
    const status = await this.sendDelete();
    // 404 and 405 are answers too: there is no such session, or it cannot be ended from here.
    if (status >= 300 && status !== 404 && status !== 405) {
      throw new Failure('refused', this.name, `it answered HTTP ${status} to DELETE`);
    }
  }

  /** Ends every call under way with this failure; nothing is sent on the session any more. */
  failAll(why: Failure): void {
    this.retire();
    for (const exchange of this.#exchanges.all()) exchange.fail(why);
  }

  /** Tells the upstream to end the session; the HTTP status. */
  sendDelete(): Promise<number> {
    return this.#status('DELETE', this.#identity(), null);
  }

  markLost(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.unlisten();
    this.#onLost();
  }

  markSuspect(): void {
    this.#isSuspect = true;
  }

  responded(headers: IncomingHttpHeaders): void {
    this.#lastHeardAt = performance.now();
    if (this.#handshake !== undefined || this.#id !== undefined) return;
    const id = headers['mcp-session-id'];
    if (typeof id === 'string' && SESSION_ID.test(id)) this.#id = id;
  }

  resume(exchange: Exchange, lastEventId: string): void {
    const wanted = ['accept', 'text/event-stream', 'last-event-id', lastEventId];
    const headers = [...this.#identity(), ...wanted];
    this.upstream.streams.dispatch(
      { path: this.upstream.target, method: 'GET', headers },
      exchange,
    );
  }

  finished(exchange: Exchange): void {
    if (exchange.underWay !== undefined) this.#exchanges.remove(exchange.underWay);
  }

  #postHeaders(identity: readonly string[]): readonly string[] {
    const types = [
      'content-type',
      'application/json',
      'accept',
      'application/json, text/event-stream',
    ];
    return [...types, ...identity, ...this.upstream.headers];
  }

  #with(headers: readonly string[]): readonly string[] {
    return headers.length === 0 ? this.#headers : [...this.#headers, ...headers];
  }

  /** What goes along of the client's latest request. */
  #passed(): readonly string[] {
    return this.upstream.passed(this.#downstream.passed);
  }

  /** Headers that say which session this is, for requests without a body. */
  #identity(): readonly string[] {
    return this.#with(this.#passed()).slice(4);
  }

  #status(
    method: 'POST' | 'DELETE',
    headers: readonly string[],
    body: Buffer | null,
  ): Promise<number> {
    const acknowledgement = new Acknowledgement(this.name, this.#host);
    const path = this.upstream.target;
    this.upstream.calls.dispatch(
      { path, method, headers: headers as string[], body },
      acknowledgement,
    );
    return acknowledgement.status;
  }
}
