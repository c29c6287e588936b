/**
 * A client session on the raw wire. It sends what it is told under the session id that the
 * handshake gave it, and nothing else: no retry, no reconnect, no other id adopted later.
 */

import { callAbout, type CallAbout } from './call-about.ts';
import type { Outcome } from '../history/event.ts';
import { CALL_DEADLINE_MS, type WireOptions } from './connect-options.ts';
import { openEventStream, sendVerb } from './http-verb.ts';
import { type Exchange, HttpChannel, SESSION_HEADER } from './http-channel.ts';
import type { RpcCall } from './json-rpc.ts';
import { RawCall } from './raw-call.ts';
import type { Call, CallOptions, ClientSession } from './session.ts';
import { recordSession } from './session-event.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

/** What the handshake settled. */
export interface Handshake {
  readonly id: string | undefined;
  readonly protocolVersion: string;
  readonly tools: ToolCatalogue;
}

const NOTIFY_DEADLINE_MS = 5000;

export class RawSession implements ClientSession {
  readonly label: string;
  readonly user: string | undefined;
  readonly #options: WireOptions;
  readonly #channel: HttpChannel;
  readonly #calls = new Set<RawCall>();
  readonly #streams = new Set<Exchange>();
  readonly #isStolen: boolean;
  #handshake: Handshake | undefined;
  #isDeleted = false;
  #isDisposed = false;
  #nextId = 1;
  #nextOpId = 1;
  #thieves = 0;

  constructor(options: WireOptions, stolen?: Handshake) {
    this.#options = options;
    this.label = options.label;
    this.user = options.user;
    this.#channel = new HttpChannel(options.endpoint);
    this.#isStolen = stolen !== undefined;
    this.#handshake = stolen;
  }

  get id(): string | undefined {
    return this.#handshake?.id;
  }

  get isOpen(): boolean {
    return this.tools.isComplete && !this.#isDeleted;
  }

  /** The tools that it found; none before the handshake is over. */
  get tools(): ToolCatalogue {
    return this.#handshake?.tools ?? new ToolCatalogue([], this.#options.upstreams);
  }

  /** Called once by the handshake. */
  adopt(handshake: Handshake): void {
    this.#handshake = handshake;
    if (handshake.tools.isComplete) this.#event('opened');
  }

  /** The handshake has got so far, and its tools are not listed yet. */
  adoptId(id: string | undefined, protocolVersion: string): void {
    this.#handshake = {
      id,
      protocolVersion,
      tools: new ToolCatalogue([], this.#options.upstreams),
    };
  }

  async increment(options: CallOptions & { times?: number } = {}): Promise<readonly Outcome[]> {
    const { times = 1, ...callOptions } = options;
    const outcomes: Outcome[] = [];
    for (let i = 0; i < times; i++) {
      outcomes.push(await this.call('increment', {}, callOptions).outcome);
    }
    return outcomes;
  }

  get(options: CallOptions = {}): Promise<Outcome> {
    return this.call('get', {}, options).outcome;
  }

  call(
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Call {
    const upstream = this.#upstreamOf(options);
    const { tools } = this;
    const given = args['opId'];
    const opId =
      typeof given === 'string'
        ? given
        : `${this.#options.opPrefix}${this.label}.${this.#nextOpId++}`;
    const sent = tools.takesOpId(tool, upstream) ? { ...args, opId } : args;
    const name = tools.nameOf(tool, upstream);
    const { progressToken } = options;
    const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
    const params = { name, arguments: sent, ...meta };
    return this.#send('tools/call', params, options, callAbout(tool, sent));
  }

  request(method: string, params?: unknown, options: CallOptions = {}): Call {
    return this.#send(method, params, options, {});
  }

  /** Like `request`, for the handshake, which has to see the response's headers. */
  rawRequest(method: string, params: unknown, deadlineMs: number): RawCall {
    return this.#send(method, params, { deadlineMs }, {});
  }

  notify(method: string, params?: unknown): Promise<number> {
    return this.#post({ jsonrpc: '2.0', method, ...(params !== undefined && { params }) });
  }

  async delete(options: { readonly deadlineMs?: number } = {}): Promise<Outcome> {
    const outcome = await sendVerb(this.#channel, {
      ...this.#verb('DELETE', options.deadlineMs),
      headers: this.#headers(),
    });
    if (outcome.type === 'ok' && !this.#isStolen && !this.#isDeleted) {
      this.#isDeleted = true;
      this.#event('deleted');
    }
    return outcome;
  }

  openStream(
    options: { readonly deadlineMs?: number; readonly lastEventId?: string } = {},
  ): Promise<Outcome> {
    const { lastEventId, deadlineMs } = options;
    const opened = openEventStream(this.#channel, {
      ...this.#verb('GET', deadlineMs),
      headers: {
        ...this.#headers(),
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      onServerRequest: (request) => this.#answer(request),
    });
    this.#streams.add(opened.exchange);
    return opened.outcome;
  }

  stolenBy(user: string): ClientSession {
    const thief = `${this.label}!${user}${this.#thieves++ === 0 ? '' : this.#thieves}`;
    const handshake = this.#handshake ?? {
      id: undefined,
      protocolVersion: '',
      tools: this.tools,
    };
    return new RawSession({ ...this.#options, label: thief, user }, handshake);
  }

  /** Hangs up. Sends no DELETE: what a client that just goes away leaves behind is the target's business. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const call of this.#calls) {
      call.abort();
      call.destroy();
    }
    for (const stream of this.#streams) stream.destroy();
    this.#channel[Symbol.dispose]();
    if (this.#handshake !== undefined && !this.#isDeleted && !this.#isStolen)
      this.#event('abandoned');
    await Promise.resolve();
  }

  #send(method: string, params: unknown, options: CallOptions, about: CallAbout): RawCall {
    const { recorder } = this.#options;
    const { requestId = this.#nextId++, deadlineMs = CALL_DEADLINE_MS } = options;
    const upstream = this.#upstreamOf(options);
    const op = recorder.nextOp();
    const body = { jsonrpc: '2.0', id: requestId, method, ...(params !== undefined && { params }) };
    recorder.record({
      kind: 'invoke',
      op,
      session: this.label,
      method,
      requestId,
      deadlineMs,
      ...(this.user !== undefined && { user: this.user }),
      ...(upstream !== undefined && { upstream }),
      ...((this.#isHostile || options.hostile === true) && { hostile: true as const }),
      ...about,
    });
    const call = new RawCall(this.#channel, recorder, {
      session: this.label,
      op,
      opId: about.opId,
      requestId,
      deadlineMs,
      headers: this.#headers(),
      body: JSON.stringify(body),
      cancel: (id) =>
        this.notify('notifications/cancelled', { requestId: id, reason: 'the client gave up' }),
      onServerRequest: (request) => this.#answer(request),
    });
    this.#calls.add(call);
    void call.outcome.then(() => this.#calls.delete(call));
    return call;
  }

  get #isHostile(): boolean {
    return this.#isStolen || this.#isDeleted;
  }

  #upstreamOf(options: CallOptions): string | undefined {
    const { upstreams } = this.#options;
    return options.upstream ?? (upstreams.length === 1 ? upstreams[0] : undefined);
  }

  #headers(): Readonly<Record<string, string>> {
    const handshake = this.#handshake;
    return {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...this.#options.headersOf(this.user),
      ...(handshake?.protocolVersion && { 'mcp-protocol-version': handshake.protocolVersion }),
      ...(handshake?.id !== undefined && { [SESSION_HEADER]: handshake.id }),
    };
  }

  #verb(method: 'GET' | 'DELETE', deadlineMs = CALL_DEADLINE_MS) {
    const { recorder } = this.#options;
    return {
      recorder,
      method,
      deadlineMs,
      session: this.label,
      user: this.user,
      hostile: this.#isHostile,
    };
  }

  /** A client has to answer a ping; it declared no other capability. */
  #answer(request: RpcCall): void {
    const answer =
      request.method === 'ping'
        ? { result: {} }
        : { error: { code: -32_601, message: `this client does not take ${request.method}` } };
    void this.#post({ jsonrpc: '2.0', id: request.id, ...answer });
  }

  /** The status; 0 when there was none. */
  #post(message: unknown): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    let status = 0;
    const exchange = this.#channel.send('POST', this.#headers(), JSON.stringify(message), {
      head: (received) => (status = received),
      chunk: () => undefined,
      end: () => resolve(status),
      broken: () => resolve(status),
    });
    const timer = setTimeout(() => {
      exchange.destroy();
      resolve(status);
    }, NOTIFY_DEADLINE_MS);
    return promise.finally(() => clearTimeout(timer));
  }

  #event(what: 'opened' | 'deleted' | 'abandoned'): void {
    recordSession(this.#options.recorder, this, what);
  }
}
