/**
 * The events that clients may ask for again after a connection broke, of all sessions: bounded in
 * number and bytes for each session, in bytes for all, and in time. The oldest go first. A session
 * that never had a stream has no part in it.
 */

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
  readonly kept: Kept[];
  bytes: number;
}

/** What an event costs besides its bytes, about. */
const OVERHEAD_BYTES = 200;

export class EventBuffer implements Disposable {
  /** Streams that nobody reads; each is told when that has lasted too long. */
  readonly unread: Deadlines<Timed>;
  readonly stallMs: number;
  readonly #limits: BufferLimits;
  readonly #kept = new Set<Kept>();
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
    const kept: Kept = { shelf, stream, number, event, bytes, at: performance.now() };
    this.#kept.add(kept);
    shelf.kept.push(kept);
    shelf.bytes += bytes;
    this.#bytes += bytes;
    const { maxBytes, maxEvents, maxTotalBytes } = this.#limits;
    while (shelf.kept.length > maxEvents || shelf.bytes > maxBytes) this.#drop(shelf.kept[0]);
    while (this.#bytes > maxTotalBytes) this.#drop(this.#kept.values().next().value);
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
  #drop(kept: Kept | undefined): void {
    if (kept === undefined) return;
    const { bytes, number, shelf, stream } = kept;
    this.#kept.delete(kept);
    shelf.kept.shift();
    shelf.bytes -= bytes;
    this.#bytes -= bytes;
    stream.dropped(number);
  }

  #sweep(): void {
    const before = performance.now() - this.#limits.keepMs;
    for (const kept of this.#kept) {
      if (kept.at > before) return;
      this.#drop(kept);
    }
  }
}
