/**
 * The HTTP+SSE transport of 2024-11-05: a GET opens the event stream that carries all that the
 * upstream says, its first event names where to POST. The stream is the session.
 */

import type { Dispatcher } from 'undici';
import { Failure } from '../jsonrpc/failure.ts';
import type { Message } from '../jsonrpc/message.ts';
import { SseDecoder } from '../jsonrpc/sse-decoder.ts';
import { Acknowledgement } from './acknowledgement.ts';
import { ChannelSession, type Sending } from './channel-session.ts';
import { targetOf } from './definition.ts';
import { connectionFailure, MAX_ANSWER_BYTES } from './exchange.ts';

const CLOSED = new Error('stream closed');

export class LegacySseSession extends ChannelSession implements Dispatcher.DispatchHandler {
  readonly #connected = Promise.withResolvers<void>();
  readonly #decoder = new SseDecoder(
    { event: (data, type) => this.#event(data, type), alive: () => this.proven() },
    MAX_ANSWER_BYTES,
  );
  #controller: Dispatcher.DispatchController | undefined;
  #isClosed = false;
  /** Path and query of where to POST: taken from the first endpoint event and never again. */
  #endpoint: string | undefined;

  protected connect(): Promise<void> {
    const headers = ['accept', 'text/event-stream', ...this.upstream.headers, ...this.#passed()];
    this.upstream.streams.dispatch({ path: this.upstream.target, method: 'GET', headers }, this);
    return this.#connected.promise;
  }

  /** What goes along of the client's latest request. */
  #passed(): readonly string[] {
    return this.upstream.passed(this.downstream.passed);
  }

  protected async disconnect(): Promise<void> {
    this.#isClosed = true;
    this.#controller?.abort(CLOSED);
  }

  protected post(message: Message, headers = this.#passed()): Sending {
    const acknowledgement = new Acknowledgement(this.name, this.host);
    this.upstream.calls.dispatch(
      {
        path: this.#endpoint ?? this.upstream.target,
        method: 'POST',
        headers: ['content-type', 'application/json', ...this.upstream.headers, ...headers],
        body: message.bytes,
      },
      acknowledgement,
    );
    return {
      get wasSent() {
        return acknowledgement.wasSent;
      },
      accepted: this.#accepted(acknowledgement.status),
      abort: () => acknowledgement.expire(),
    };
  }

  async #accepted(answered: Promise<number>): Promise<void> {
    const status = await answered;
    if (status === 404) {
      throw new Failure('lost', this.name, 'it no longer knows this session, its state is lost');
    }
    if (status >= 300) {
      const options = { status, maybeApplied: status >= 500 };
      throw new Failure('refused', this.name, `it answered HTTP ${status}`, options);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isClosed) controller.abort(CLOSED);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    if (status !== 200) this.#notOpened('refused', `it answered HTTP ${status}`);
    else if (!String(headers['content-type']).startsWith('text/event-stream')) {
      this.#notOpened('invalid', 'it opened no event stream');
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    try {
      this.#decoder.push(chunk);
    } catch {
      this.lose('its event is larger than the gateway takes');
    }
  }

  onResponseEnd(): void {
    this.lose('its event stream ended');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isClosed) return;
    if (this.#controller !== undefined) this.lose('its event stream was cut');
    else this.#connected.reject(connectionFailure(this.name, error, false));
  }

  #event(data: Buffer, type: Buffer | undefined): void {
    const name = type?.toString() ?? 'message';
    if (name === 'endpoint' && this.#endpoint === undefined) this.#adopt(data.toString());
    else if (name === 'message') this.received(data);
  }

  /** Credentials and requests go to the configured origin and to no other. */
  #adopt(text: string): void {
    const base = new URL(this.upstream.definition.url);
    const endpoint = URL.parse(text, base.href);
    if (endpoint?.origin !== base.origin) {
      this.#notOpened('refused', 'its endpoint event does not name a URL of the same origin');
      return;
    }
    this.#endpoint = targetOf(this.upstream.definition, endpoint);
    this.#connected.resolve();
  }

  #notOpened(kind: 'refused' | 'invalid', detail: string): void {
    this.#connected.reject(new Failure(kind, this.name, detail, { maybeApplied: false }));
    void this.disconnect();
  }
}
