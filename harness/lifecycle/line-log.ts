/** The last lines of an output, with a bound on their number and length. */

import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

const LINE_LENGTH_MAX = 4000;

export class LineLog {
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Reads the stream to its end, so that its writer never blocks on a full pipe. */
  drain(stream: Readable): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = (parts.pop() ?? '').slice(0, LINE_LENGTH_MAX);
      for (const part of parts) this.#append(part);
    });
    stream.on('end', () => {
      if (rest !== '') this.#append(rest);
      rest = '';
    });
    stream.on('error', (error) => this.#append(`(output lost: ${error.message})`));
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }

  /** Calls `listener` for each line from now on, until the returned function is called. */
  listen(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #append(text: string): void {
    const line = text.replace(/\r$/, '').slice(0, LINE_LENGTH_MAX);
    this.#lines.push(line);
    if (this.#lines.length > this.#capacity) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
