/**
 * The events that clients may ask for again after a connection broke, of all sessions: bounded in
 * number and bytes for each session, in bytes for all, and in time. The oldest go first. A session
 * that never had a stream has no part in it.
 */

import { Chain, type Link } from '../lifecycle/chain.ts';
import { Deadlines, type Timed } from '../lifecycle/deadlines.ts';
import type { EventStream, Frame } from './event-stream.ts';

export interface BufferLimits {
  /** Events kept for one session. */
  readonly maxEvents: number;
  /** Bytes of events kept for one session. */
  readonly maxBytes: number;
  /** Bytes of events kept for all sessions. */
  readonly maxTotalBytes: number;
  /** How long an event is kept, and a stream without reader is kept open, in milliseconds. */
  readonly keepMs: number;
  /** How long a reader may take nothing, with something there to take, in milliseconds. */
  readonly stallMs: number;
}

interface Kept {
  readonly shelf: Shelf;
  readonly stream: EventStream;
  /** Of the event in its stream. */
  readonly number: number;
  readonly event: Frame;
  readonly bytes: number;
  readonly at: number;
}

/** What is kept of one session, oldest first. */
export interface Shelf {
  readonly kept: Link<Kept>[];
  bytes: number;
}

/** What an event costs besides its bytes, about. */
const OVERHEAD_BYTES = 200;

export class EventBuffer implements Disposable {
  /** Streams that nobody reads; each is told when that has lasted too long. */
  readonly unread: Deadlines<Timed>;
  readonly stallMs: number;
  readonly #limits: BufferLimits;
  readonly #kept = new Chain<Kept>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
    this.stallMs = limits.stallMs;
    this.unread = new Deadlines(limits.keepMs);
    this.#timer = setInterval(() => this.#sweep(), Math.min(1_000, limits.keepMs)).unref();
  }

  keep(shelf: Shelf, stream: EventStream, number: number, event: Frame): void {
    const bytes = event.length + OVERHEAD_BYTES;
    const at = performance.now();
    shelf.kept.push(this.#kept.add({ shelf, stream, number, event, bytes, at }));
    shelf.bytes += bytes;
    this.#bytes += bytes;
    const { maxBytes, maxEvents, maxTotalBytes } = this.#limits;
    while (shelf.kept.length > maxEvents || shelf.bytes > maxBytes) this.#drop(shelf.kept[0]);
    while (this.#bytes > maxTotalBytes) this.#drop(this.#kept.first);
  }

  /** Drops all of a session. */
  forget(shelf: Shelf): void {
    while (shelf.kept.length > 0) this.#drop(shelf.kept[0]);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.unread[Symbol.dispose]();
  }

  /** The oldest of all is also the oldest of its session. */
  #drop(link: Link<Kept> | undefined): void {
    if (link === undefined) return;
    const { bytes, number, shelf, stream } = link.item;
    this.#kept.remove(link);
    shelf.kept.shift();
    shelf.bytes -= bytes;
    this.#bytes -= bytes;
    stream.dropped(number);
  }

  #sweep(): void {
    const before = performance.now() - this.#limits.keepMs;
    while (this.#kept.first !== undefined && this.#kept.first.item.at <= before) {
      this.#drop(this.#kept.first);
    }
  }
}
