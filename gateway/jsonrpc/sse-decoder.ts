/**
 * Server-sent events out of chunks of bytes, as the WHATWG describes them: any line ending, split
 * anywhere, data over several lines, comments. Events without data carry no message; what they and
 * comments say is that the peer is alive.
 */

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
  #rest: Buffer = Buffer.alloc(0);
  #data: Buffer[] = [];
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
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#skipLineFeed && bytes.length > 0) {
        if (bytes[0] === LF) bytes = bytes.subarray(1);
        this.#skipLineFeed = false;
      }
      const lf = bytes.indexOf(LF);
      const cr = (lf === -1 ? bytes : bytes.subarray(0, lf)).indexOf(CR);
      const end = cr === -1 ? lf : cr;
      if (end === -1) break;
      this.#line(bytes.subarray(0, end));
      this.#skipLineFeed = cr !== -1;
      bytes = bytes.subarray(end + 1);
    }
    this.#rest = bytes;
    if (this.#size + bytes.length > this.#maxBytes) throw new RangeError('event too large');
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
    if (name === 'data') {
      this.#data.push(value);
      this.#size += value.length + 1;
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'id') {
      this.#id = value.toString('latin1');
    } else if (name === 'retry' && /^\d{1,9}$/.test(value.toString('latin1'))) {
      this.#retryMs = Number(value.toString('latin1'));
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const fields = this.#fields;
    const type = this.#type;
    this.#data = [];
    this.#size = 0;
    this.#fields = 0;
    this.#type = undefined;
    if (this.#id !== undefined)
      this.#lastEventId = HEADER_VALUE.test(this.#id) ? this.#id : undefined;
    if (data.length === 0 || (data.length === 1 && data[0]?.length === 0)) {
      if (fields > 0) this.#sink.alive();
      return;
    }
    const lines = data.flatMap((line, index) => (index === 0 ? [line] : [NEWLINE, line]));
    const text = lines.length === 1 ? (lines[0] as Buffer) : Buffer.concat(lines);
    this.#sink.event(text, type);
  }
}
