/**
 * The GET stream of one upstream session: opened when the client opens its own, on a pool of its
 * own, and opened again with growing pauses after a cut for as long as somebody listens.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { parseMessage } from '../jsonrpc/message.ts';
import { SseDecoder } from '../jsonrpc/sse-decoder.ts';
import { MAX_ANSWER_BYTES } from './exchange.ts';
import type { Listener } from './session.ts';
import type { Upstream } from './upstream.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const CLOSED = new Error('stream closed');

export class UpstreamStream implements Dispatcher.DispatchHandler {
  readonly #upstream: Upstream;
  readonly #headers: () => readonly string[];
  readonly #listener: Listener;
  readonly #onGone: (wasOpen: boolean) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #decoder: SseDecoder | undefined;
  /** Set while the client lags behind what was read. */
  #room: Promise<void> | undefined;
  #lastEventId: string | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #wasOpen = false;
  /** The upstream has no such stream (405 and the like): asking again is useless. */
  #isUnsupported = false;

  /** `headers` at the moment. `onGone` is called when the upstream answers 404: where it had the stream, the session is gone. */
  constructor(
    upstream: Upstream,
    headers: () => readonly string[],
    listener: Listener,
    onGone: (wasOpen: boolean) => void,
  ) {
    this.#upstream = upstream;
    this.#headers = headers;
    this.#listener = listener;
    this.#onGone = onGone;
  }

  open(): void {
    if (this.#isClosed) return;
    const resume = this.#lastEventId === undefined ? [] : ['last-event-id', this.#lastEventId];
    const headers = [...this.#headers(), 'accept', 'text/event-stream', ...resume];
    this.#upstream.streams.dispatch({ path: this.#upstream.target, method: 'GET', headers }, this);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#controller?.abort(CLOSED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isClosed) controller.abort(CLOSED);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    if (status !== 200 || headers['content-type']?.startsWith('text/event-stream') !== true) {
      this.#isUnsupported = status < 500;
      if (status === 404) this.#onGone(this.#wasOpen);
      controller.abort(CLOSED);
      return;
    }
    this.#wasOpen = true;
    this.#decoder = new SseDecoder(
      { event: (data) => this.#event(data), alive: () => this.#proven() },
      MAX_ANSWER_BYTES,
    );
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#decoder?.push(chunk);
    const room = this.#room;
    if (room === undefined) return;
    this.#room = undefined;
    controller.pause();
    void room.then(() => controller.resume());
  }

  onResponseEnd(): void {
    this.#again();
  }

  onResponseError(): void {
    this.#again();
  }

  #proven(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  #event(data: Buffer): void {
    this.#proven();
    if (this.#isClosed) return;
    try {
      this.#room = this.#listener(parseMessage(data)) ?? this.#room;
    } catch {
      this.#controller?.abort(CLOSED);
    }
  }

  #again(): void {
    const { lastEventId, retryMs } = this.#decoder ?? {};
    this.#lastEventId = lastEventId ?? this.#lastEventId;
    this.#controller = undefined;
    this.#decoder = undefined;
    if (this.#isClosed || this.#isUnsupported) return;
    this.#timer = setTimeout(() => this.open(), Math.max(retryMs ?? 0, this.#pauseMs));
    this.#timer.unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
