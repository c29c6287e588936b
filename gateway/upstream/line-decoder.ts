/** Lines out of chunks of bytes. */

import { ByteCollector } from '../jsonrpc/byte-collector.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class LineDecoder {
  readonly #onLine: (line: Buffer) => void;
  readonly #maxBytes: number;
  readonly #line = new ByteCollector();

  /** `maxBytes` bounds one line; `push` throws RangeError beyond it. Empty lines are left out. */
  constructor(onLine: (line: Buffer) => void, maxBytes: number) {
    this.#onLine = onLine;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      this.#keep(chunk.subarray(start, end === -1 ? chunk.length : end));
      if (end === -1) return;
      this.#take();
      start = end + 1;
    }
  }

  #keep(piece: Buffer): void {
    if (this.#line.size + piece.length > this.#maxBytes) throw new RangeError('line too large');
    if (piece.length > 0) this.#line.add(piece);
  }

  #take(): void {
    const whole = this.#line.take();
    const line = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    if (line.length > 0) this.#onLine(line);
  }
}
