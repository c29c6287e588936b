/**
 * Server-sent events out of chunks of bytes, as the WHATWG describes them: any line ending, split
 * anywhere, data over several lines, comments. Events without data carry no message; what they and
 * comments say is that the peer is alive.
 */

import { ByteCollector } from './byte-collector.ts';

export interface SseSink {
  /** `type` is what the event calls itself; undefined is "message". */
  event(data: Buffer, type: Buffer | undefined): void;
  /** A comment, or an event without data. */
  alive(): void;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = Buffer.from('\n');
/** An id that cannot be sent back is of no use. */
const HEADER_VALUE = /^[\x20-\x7e\x80-\xff]{1,4096}$/;

export class SseDecoder {
  readonly #sink: SseSink;
  readonly #maxBytes: number;
  /** The line that is not over yet. */
  readonly #rest = new ByteCollector();
  readonly #data = new ByteCollector();
  #dataLines = 0;
  /** Of the lines of this event, comments left out. */
  #size = 0;
  #id: string | undefined;
  #lastEventId: string | undefined;
  #retryMs: number | undefined;
  #type: Buffer | undefined;
  #fields = 0;
  #isFirstLine = true;
  #skipLineFeed = false;

  /** `maxBytes` bounds one event; `push` throws RangeError beyond it. */
  constructor(sink: SseSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** For a `Last-Event-ID` header, byte for byte; undefined when there is no event to go on from. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** How long the peer asks to wait before the stream is opened again. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  push(chunk: Buffer): void {
    let at = 0;
    if (this.#skipLineFeed && chunk.length > 0) {
      if (chunk[0] === LF) at = 1;
      this.#skipLineFeed = false;
    }
    let lf = chunk.indexOf(LF, at);
    let cr = chunk.indexOf(CR, at);
    while (lf !== -1 || cr !== -1) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      this.#line(this.#whole(chunk.subarray(at, end)));
      at = end + 1;
      if (end === cr) {
        if (chunk[at] === LF) at += 1;
        else this.#skipLineFeed = at === chunk.length;
        cr = chunk.indexOf(CR, at);
      }
      if (lf !== -1 && lf < at) lf = chunk.indexOf(LF, at);
    }
    this.#rest.add(chunk.subarray(at));
    if (this.#size + this.#rest.size > this.#maxBytes) throw new RangeError('event too large');
  }

  #whole(end: Buffer): Buffer {
    if (this.#rest.size === 0) return end;
    this.#rest.add(end);
    return this.#rest.take();
  }

  #line(raw: Buffer): void {
    const hasMark = this.#isFirstLine && raw.length > 2 && raw.readUIntBE(0, 3) === 0xefbbbf;
    this.#isFirstLine = false;
    const line = hasMark ? raw.subarray(3) : raw;
    if (line.length === 0) {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(COLON);
    if (colon === 0) {
      this.#sink.alive();
      return;
    }
    const name = line.toString('latin1', 0, colon === -1 ? line.length : colon);
    const start = colon === -1 ? line.length : colon + (line[colon + 1] === SPACE ? 2 : 1);
    const value = line.subarray(start);
    this.#fields += 1;
    this.#size += line.length + 1;
    if (name === 'data') {
      if (this.#dataLines > 0) this.#data.add(NEWLINE);
      this.#data.add(value);
      this.#dataLines += 1;
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'id') {
      this.#id = value.toString('latin1');
    } else if (name === 'retry' && /^\d{1,9}$/.test(value.toString('latin1'))) {
      this.#retryMs = Number(value.toString('latin1'));
    }
  }

  #dispatch(): void {
    const fields = this.#fields;
    const type = this.#type;
    this.#dataLines = 0;
    this.#size = 0;
    this.#fields = 0;
    this.#type = undefined;
    if (this.#id !== undefined) {
      this.#lastEventId = HEADER_VALUE.test(this.#id) ? this.#id : undefined;
    }
    if (this.#data.size > 0) this.#sink.event(this.#data.take(), type);
    else if (fields > 0) this.#sink.alive();
  }
}
