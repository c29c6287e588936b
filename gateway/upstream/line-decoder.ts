/** Lines out of chunks of bytes. A line that is not complete is kept in pieces and copied once. */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class LineDecoder {
  readonly #onLine: (line: Buffer) => void;
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #size = 0;

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
    this.#size += piece.length;
    if (this.#size > this.#maxBytes) throw new RangeError('line too large');
    if (piece.length > 0) this.#pieces.push(piece);
  }

  #take(): void {
    const [first] = this.#pieces;
    const whole = this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    const line = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    if (line.length > 0) this.#onLine(line);
  }
}
