/**
 * Server-sent events to a client. A stream may outlive its connection: then its events are numbered
 * and kept for a while, and the client goes on where it was with `Last-Event-ID`. A reader that lags
 * makes the sender wait; one that takes nothing for long loses its connection.
 */

import type { ServerResponse } from 'node:http';
import type { Timed } from '../lifecycle/deadlines.ts';
import type { SessionStreams } from './session-streams.ts';

/** What cannot be made to wait is given up when a reader lags further behind. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;

/** What a client whose connection broke is asked to wait before it comes back. */
const RETRY_MS = 500;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Smaller ones are strings: a small buffer would keep the large one that it is a slice of. */
const LARGE_BYTES = 4 * 1024;
const END = Buffer.from('\n\n');

/** An event as it goes over the wire. */
export type Frame = string | Buffer;

function frameOf(id: string, message: Buffer): Frame {
  const head = `${id}event: message\ndata: `;
  // Each of the three ends a line of an event stream, and JSON may have any of them between its tokens.
  const isOneLine = !message.includes('\n') && !message.includes('\r');
  if (isOneLine && message.length > LARGE_BYTES) {
    return Buffer.concat([Buffer.from(head), message, END]);
  }
  const text = message.toString();
  return `${head}${isOneLine ? text : text.replaceAll(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;
}

/** Where a stream that can be resumed has its place. */
export interface Place {
  readonly streams: SessionStreams;
  readonly number: number;
  /** Nobody came to go on reading. */
  readonly onAbandoned: (() => void) | undefined;
}

export class EventStream implements Timed {
  due: Timed['due'];
  readonly #place: Place | undefined;
  readonly #stallMs: number;
  #response: ServerResponse | undefined;
  /** Number of the latest event. */
  #last = 0;
  /** Number of the latest event that is no longer kept. */
  #dropped = 0;
  /** The client has an id to come back with. */
  #hasId = false;
  #isOver = false;
  #room: Promise<void> | undefined;

  private constructor(place: Place | undefined, stallMs: number) {
    this.#place = place;
    this.#stallMs = stallMs;
  }

  /** One that ends with the connection. `stallMs`: see BufferLimits; 0 for no bound. */
  static on(response: ServerResponse, stallMs = 0): EventStream {
    const stream = new EventStream(undefined, stallMs);
    stream.readBy(response);
    return stream;
  }

  /** One that a client can come back to. */
  static at(place: Place): EventStream {
    return new EventStream(place, place.streams.stallMs);
  }

  get isRead(): boolean {
    const response = this.#response;
    return response !== undefined && !response.writableEnded && !response.destroyed;
  }

  /** What is written now can still reach the client: it is read, or may be asked for. */
  get isReachable(): boolean {
    return this.isRead || this.#hasId;
  }

  /** From now on it goes to that response. */
  readBy(response: ServerResponse): void {
    this.#response = response;
    response.writeHead(200, HEADERS);
    response.on('close', () => this.#unread(response));
  }

  /** Sends the headers before there is anything to say. */
  flush(): void {
    this.#response?.flushHeaders();
  }

  /** An event without data, that the client can come back with before it got any message. */
  prime(): void {
    this.#hasId = this.isRead;
    void this.#write(`id: ${this.#place?.number ?? 0}-0\nretry: ${RETRY_MS}\ndata: \n\n`);
  }

  /** Resolves when the reader has caught up, and more should not be read from upstream before. */
  message(bytes: Buffer): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    if (this.#place === undefined) return this.#write(frameOf('', bytes));
    this.#last += 1;
    this.#hasId ||= this.isRead;
    if (!this.#hasId) {
      // Nobody reads it, and nobody has an id to ask for it with.
      this.#dropped = this.#last;
      return undefined;
    }
    const { number, streams } = this.#place;
    const event = frameOf(`id: ${number}-${this.#last}\n`, bytes);
    streams.keep(this, this.#last, event);
    return this.#write(event);
  }

  /** Tells a client of HTTP+SSE where its messages go; a URI reference. */
  endpoint(uri: string): void {
    void this.#write(`event: endpoint\ndata: ${uri}\n\n`);
  }

  keepAlive(): void {
    void this.#write(': keep-alive\n\n');
  }

  /** Ends the connection; the client may come back to the stream. */
  hangUp(): void {
    if (this.isRead) this.#response?.end(this.#hasId ? `retry: ${RETRY_MS}\n\n` : undefined);
  }

  /** Nothing more comes. What is kept can still be asked for. */
  end(): void {
    if (this.isRead) this.#response?.end();
    this.#isOver = true;
    this.#place?.streams.read(this);
    if (this.#dropped === this.#last) this.#place?.streams.remove(this.#place.number);
  }

  /** Nothing more comes, and nothing can be asked for. */
  close(): void {
    this.end();
    this.#place?.streams.remove(this.#place.number);
  }

  /** Sends what came after that event, and what will come; false when something would be missing. */
  resume(response: ServerResponse, after: number): boolean {
    const { streams } = this.#place ?? {};
    if (streams === undefined || !this.#hasId) return false;
    if (after < this.#dropped || after > this.#last) return false;
    streams.read(this);
    // Half dead or not: what it has not sent yet goes out on the new connection.
    this.#response?.destroy();
    this.readBy(response);
    const missed = streams.after(this, after);
    if (missed.length === 0) this.flush();
    for (const event of missed) void this.#write(event);
    if (this.#isOver) response.end();
    return true;
  }

  /** That event is no longer kept. */
  dropped(number: number): void {
    this.#dropped = number;
    if (this.#isOver && number === this.#last) this.#place?.streams.remove(this.#place.number);
  }

  /** Nobody came back. */
  expire(): void {
    this.close();
    this.#place?.onAbandoned?.();
  }

  #unread(response: ServerResponse): void {
    if (this.#response !== response) return;
    this.#response = undefined;
    if (this.#isOver || this.#place?.onAbandoned === undefined) return;
    if (this.#hasId) this.#place.streams.unread(this);
    else this.expire();
  }

  #write(event: Frame): Promise<void> | undefined {
    const response = this.#response;
    if (response === undefined || !this.isRead) return undefined;
    if (response.writableLength > MAX_BACKLOG_BYTES) response.destroy();
    else if (!response.write(event)) return (this.#room ??= this.#caughtUp(response));
    return undefined;
  }

  async #caughtUp(response: ServerResponse): Promise<void> {
    // Node closes a connection on which nothing moves for that long.
    response.socket?.setTimeout(this.#stallMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    response.once('drain', resolve).once('close', resolve);
    await promise;
    response.off('drain', resolve).off('close', resolve);
    if (this.#response === response) response.socket?.setTimeout(0);
    this.#room = undefined;
  }
}
