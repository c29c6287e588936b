/**
 * The streams of one session, by the numbers that their event ids begin with. An id means nothing
 * outside of its session, so no client can ask for another's events.
 */

import type { ServerResponse } from 'node:http';
import type { EventBuffer, Shelf } from './event-buffer.ts';
import { EventStream, type Frame } from './event-stream.ts';

/** "STREAM-EVENT", both counted from 1; event 0 is the one that only gives a client an id. */
const EVENT_ID = /^(\d{1,15})-(\d{1,15})$/;

export class SessionStreams {
  readonly #buffer: EventBuffer;
  readonly #shelf: Shelf = { kept: [], bytes: 0 };
  readonly #byNumber = new Map<number, EventStream>();
  #last = 0;
  #isEnded = false;

  constructor(buffer: EventBuffer) {
    this.#buffer = buffer;
  }

  /** A new stream on that response. `onAbandoned`: nobody came to go on reading it. */
  open(response: ServerResponse, isPrimed: boolean, onAbandoned?: () => void): EventStream {
    this.#last += 1;
    const stream = EventStream.at({ streams: this, number: this.#last, onAbandoned });
    this.#byNumber.set(this.#last, stream);
    stream.readBy(response);
    if (isPrimed) stream.prime();
    return stream;
  }

  /** Goes on with the stream of that event after that event; false when something would be missing. */
  resume(lastEventId: string, response: ServerResponse): boolean {
    const [, stream = '', event] = EVENT_ID.exec(lastEventId) ?? [];
    return this.#byNumber.get(Number(stream))?.resume(response, Number(event)) === true;
  }

  get stallMs(): number {
    return this.#buffer.stallMs;
  }

  keep(stream: EventStream, number: number, event: Frame): void {
    if (this.#isEnded) stream.dropped(number);
    else this.#buffer.keep(this.#shelf, stream, number, event);
  }

  /** The events of a stream after that one. */
  after(stream: EventStream, number: number): readonly Frame[] {
    const all = this.#shelf.kept.map(({ item }) => item);
    const missed = all.filter((one) => one.stream === stream && one.number > number);
    return missed.map(({ event }) => event);
  }

  unread(stream: EventStream): void {
    this.#buffer.unread.add(stream);
  }

  read(stream: EventStream): void {
    this.#buffer.unread.delete(stream);
  }

  /** Nothing of that stream can be asked for any more. */
  remove(number: number): void {
    this.#byNumber.delete(number);
  }

  /** Nothing is kept any more; streams of calls that may still finish go on. */
  end(): void {
    this.#isEnded = true;
    this.#buffer.forget(this.#shelf);
    this.#byNumber.clear();
  }
}
