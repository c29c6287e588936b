/**
 * Bytes that arrive in pieces. One piece is kept as it is; more are copied into one growing buffer,
 * because a peer may send a byte at a time, and a list of a million pieces takes a hundred times the
 * memory of what is in them.
 */

const EMPTY = Buffer.alloc(0);
const LEAST_BYTES = 1024;

export class ByteCollector {
  #bytes: Buffer = EMPTY;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(piece: Buffer): void {
    // An empty piece would keep the buffer that it was cut from.
    if (piece.length === 0) return;
    const size = this.#size + piece.length;
    if (this.#size === 0) {
      this.#bytes = piece;
    } else {
      if (size > this.#bytes.length) this.#grow(size);
      piece.copy(this.#bytes, this.#size);
    }
    this.#size = size;
  }

  /** All of them; it is empty afterwards. */
  take(): Buffer {
    const bytes =
      this.#bytes.length === this.#size ? this.#bytes : this.#bytes.subarray(0, this.#size);
    this.#bytes = EMPTY;
    this.#size = 0;
    return bytes;
  }

  #grow(size: number): void {
    const room = Buffer.allocUnsafeSlow(Math.max(2 * size, LEAST_BYTES));
    this.#bytes.copy(room, 0, 0, this.#size);
    this.#bytes = room;
  }
}
