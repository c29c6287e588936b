/**
 * One POST to an upstream and its answer: JSON read whole and checked, or an event stream passed on
 * event by event. Exactly one of `answered` and `failed` is called, once, unless it is abandoned.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Link } from '../lifecycle/chain.ts';
import type { Deadlines, Timed } from '../lifecycle/deadlines.ts';
import { Failure, type FailureKind, type FailureOptions } from '../jsonrpc/failure.ts';
import { parseMessage, type Message } from '../jsonrpc/message.ts';
import { ByteCollector } from '../jsonrpc/byte-collector.ts';
import { SseDecoder } from '../jsonrpc/sse-decoder.ts';
import { NO_ACCESS_TOKEN } from './access-tokens.ts';
import { FORBIDDEN_ADDRESS } from './address-guard.ts';

export interface Sink {
  /** A notification or request of the upstream that came before the answer. A promise: see Listener. */
  passed(message: Message): Promise<void> | undefined;
  /** The upstream showed that it is alive, without a message. */
  keepAlive(): void;
  answered(message: Message): void;
  failed(failure: Failure): void;
}

/** What an exchange asks of the session it belongs to. */
export interface ExchangeHost {
  readonly name: string;
  readonly hasId: boolean;
  readonly lingering: Deadlines<Timed>;
  /** The upstream answered 404 to the session id. */
  markLost(): void;
  /** A status that says something is wrong with the session, perhaps. */
  markSuspect(): void;
  responded(headers: IncomingHttpHeaders): void;
  /** Asks for what follows that event on the stream of this exchange. */
  resume(exchange: Exchange, lastEventId: string): void;
  finished(exchange: Exchange): void;
}

/** One answer, or one event of it. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ABANDONED = new Error('abandoned');
/** Before a stream that ended early is asked for again, unless the upstream names another pause. */
const PAUSE_MS = 500;
const LEAST_PAUSE_MS = 10;
/** Times in a row that a stream may go on and bring nothing. */
const MAX_IDLE_RESUMES = 3;

const DETAILS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset before the answer was complete',
  EPIPE: 'the connection was reset before the answer was complete',
  UND_ERR_SOCKET: 'the connection ended before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection could be made in time',
  UND_ERR_DESTROYED: 'the connection was ended by the gateway',
  ENOTFOUND: 'its host name is not known',
  [FORBIDDEN_ADDRESS]: 'the gateway may not connect to its address',
  [NO_ACCESS_TOKEN]: 'the gateway got no access token for it',
};
/** Codes of OpenSSL and Node for a certificate that is not good. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_/;
/** OpenSSL's codes for what a server says of a client's certificate, or of none. */
const REJECTED = /_ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/;

/** What the gateway itself ran out of: the upstream has no part in it. */
const EXHAUSTED: Readonly<Record<string, string>> = {
  EMFILE: 'the gateway has no file descriptor left for a connection',
  ENFILE: 'the gateway machine has no file descriptor left for a connection',
  EADDRNOTAVAIL: 'the gateway machine has no free port left for a connection',
  ENOBUFS: 'the gateway machine has no memory left for a connection',
};

/** A connection that failed, before or after the request was on it. */
export function connectionFailure(upstream: string, error: Error, wasSent: boolean): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const exhausted = EXHAUSTED[code];
  if (exhausted !== undefined) return new Failure('exhausted', upstream, exhausted);
  return new Failure(wasSent ? 'broken' : 'unreachable', upstream, detailOf(code));
}

function detailOf(code: string): string {
  if (REJECTED.test(code)) return 'it does not accept the client certificate, or wants one';
  if (UNTRUSTED.test(code)) return 'its certificate is not trusted';
  return DETAILS[code] ?? 'the connection failed before the answer was complete';
}

export class Exchange implements Dispatcher.DispatchHandler, Timed {
  readonly #host: ExchangeHost;
  readonly #idText: string;
  due: Timed['due'];
  /** Its place among those of its session, which only that touches. */
  underWay: Link<Exchange> | undefined;
  #sink: Sink | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #type = '';
  #decoder: SseDecoder | undefined;
  /** Set while the client lags behind what was read. */
  #room: Promise<void> | undefined;
  #body: ByteCollector | undefined;
  /** Why the stream has to be asked for again, from when it first had to. */
  #cut: Failure | undefined;
  #lastEventId: string | undefined;
  #idleResumes = 0;
  #pause: NodeJS.Timeout | undefined;

  constructor(host: ExchangeHost, idText: string, sink: Sink) {
    this.#host = host;
    this.#idText = idText;
    this.#sink = sink;
  }

  /** False while no byte of the request can have left. */
  get wasSent(): boolean {
    return this.#controller !== undefined;
  }

  /** Drops the connection now; nobody is told. */
  abort(): void {
    this.#sink = undefined;
    if (this.#pause === undefined) {
      this.#controller?.abort(ABANDONED);
    } else {
      clearTimeout(this.#pause);
      this.#pause = undefined;
      this.#end();
    }
  }

  /** Nobody waits any more; the upstream may end it within a moment and keep the socket. */
  abandon(): void {
    this.#sink = undefined;
    if (this.wasSent && this.#pause === undefined) this.#host.lingering.add(this);
    else this.abort();
  }

  /** Ends it with this failure, unless it has ended. */
  fail(failure: Failure): void {
    const sink = this.#sink;
    this.abort();
    sink?.failed(failure);
  }

  expire(): void {
    this.abort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Also when it starts anew with another access token.
    if (this.#sink === undefined) controller.abort(ABANDONED);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // An interim answer.
    if (status < 200) return;
    this.#status = status;
    this.#type = headers['content-type'] ?? '';
    const isStream = status === 200 && this.#type.startsWith('text/event-stream');
    if (this.#cut !== undefined && !isStream) {
      if (status === 404) this.#host.markSuspect();
      this.fail(this.#cut);
      return;
    }
    if (status === 404 && this.#host.hasId) {
      this.#host.markLost();
      this.fail(
        new Failure('lost', this.#host.name, 'it no longer knows this session, its state is lost'),
      );
      return;
    }
    if (status === 400 || status === 410) this.#host.markSuspect();
    this.#host.responded(headers);
    if (!isStream) return;
    this.#decoder = new SseDecoder(
      { event: (data) => this.#event(data), alive: () => this.#sink?.keepAlive() },
      MAX_ANSWER_BYTES,
    );
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink === undefined) return;
    if (this.#decoder !== undefined) {
      try {
        this.#decoder.push(chunk);
      } catch {
        this.#invalid('its event is larger than the gateway takes');
      }
      if (this.#room !== undefined) this.#wait(controller, this.#room);
      return;
    }
    this.#body ??= new ByteCollector();
    this.#body.add(chunk);
    if (this.#body.size > MAX_ANSWER_BYTES) {
      this.#invalid('its answer is larger than the gateway takes');
    }
  }

  onResponseEnd(): void {
    if (this.#sink !== undefined && this.#decoder !== undefined) {
      const detail = 'its event stream ended without the answer';
      this.#endedEarly(new Failure('broken', this.#host.name, detail));
      return;
    }
    this.#end();
    if (this.#sink !== undefined) this.#whole();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#endedEarly(connectionFailure(this.#host.name, error, this.wasSent));
  }

  /**
   * Upstreams may end the stream of a call to be asked for the rest later, and connections break: an
   * upstream that numbers its events keeps them. The request itself is never sent again.
   */
  #endedEarly(why: Failure): void {
    const { lastEventId: id = this.#lastEventId, retryMs = PAUSE_MS } = this.#decoder ?? {};
    this.#idleResumes = id === this.#lastEventId ? this.#idleResumes + 1 : 0;
    this.#cut ??= why;
    const isHopeless = this.#decoder === undefined || this.#idleResumes > MAX_IDLE_RESUMES;
    if (this.#sink === undefined || id === undefined || isHopeless) {
      this.#end();
      this.#giveUp(this.#cut);
      return;
    }
    this.#lastEventId = id;
    this.#decoder = undefined;
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        this.#host.resume(this, id);
      },
      Math.max(retryMs, LEAST_PAUSE_MS),
    );
  }

  #wait(controller: Dispatcher.DispatchController, room: Promise<void>): void {
    this.#room = undefined;
    controller.pause();
    void room.then(() => controller.resume());
  }

  #end(): void {
    this.#host.lingering.delete(this);
    this.#host.finished(this);
  }

  #whole(): void {
    const message = this.#body && this.#read(this.#body.take());
    if (message?.kind === 'response' && message.idText === this.#idText) {
      this.#answered(message);
    } else if (this.#status >= 300) {
      this.#refused();
    } else if (this.#status === 202 || this.#status === 204) {
      this.#failed('invalid', 'it accepted the request without answering it');
    } else if (message === undefined) {
      this.#failed('invalid', this.#whyUnreadable());
    } else {
      this.#failed('invalid', 'it answered another request than this one');
    }
  }

  #whyUnreadable(): string {
    if (this.#body === undefined) return 'its answer is empty';
    const [type] = /^[\w.+-]+\/[\w.+-]+(?=$|[;\s])/.exec(this.#type) ?? [];
    const isForeign = type !== undefined && !type.endsWith('json');
    return `its answer is ${isForeign ? `${type} and not` : 'cut off or not'} JSON-RPC`;
  }

  #event(data: Buffer): void {
    if (this.#sink === undefined) return;
    const message = this.#read(data);
    if (message === undefined) {
      this.#invalid('its event stream carries something that is not JSON-RPC');
    } else if (message.kind !== 'response') {
      this.#room = this.#sink.passed(message) ?? this.#room;
    } else if (message.idText === this.#idText) {
      this.#answered(message);
      this.#host.lingering.add(this);
    } else if (this.#cut === undefined) {
      this.#invalid('it answered another request than this one');
    }
  }

  #read(bytes: Buffer): Message | undefined {
    try {
      return parseMessage(bytes);
    } catch {
      return undefined;
    }
  }

  #answered(message: Message): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.answered(message);
  }

  #invalid(detail: string): void {
    this.fail(new Failure('invalid', this.#host.name, detail));
  }

  #refused(): void {
    const status = this.#status;
    const options = { status, maybeApplied: status >= 500 };
    this.#failed('refused', `it answered HTTP ${status}`, options);
  }

  #failed(kind: FailureKind, detail: string, options?: FailureOptions): void {
    this.#giveUp(new Failure(kind, this.#host.name, detail, options));
  }

  #giveUp(failure: Failure): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.failed(failure);
  }
}
