/** Server-sent events to a client, with a bound on what a slow reader makes us keep. */

import type { ServerResponse } from 'node:http';

/** A reader that lags further behind loses its stream. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

export class EventStream {
  readonly #response: ServerResponse;

  /** Writes the headers at once. */
  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, HEADERS);
    response.flushHeaders();
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  message(bytes: Buffer): void {
    const text = bytes.toString();
    const data = text.includes('\n') ? text.replaceAll(/\r?\n/g, '\ndata: ') : text;
    this.#write(`event: message\ndata: ${data}\n\n`);
  }

  keepAlive(): void {
    this.#write(': keep-alive\n\n');
  }

  end(): void {
    if (this.isOpen) this.#response.end();
  }

  #write(text: string): void {
    if (!this.isOpen) return;
    this.#response.write(text);
    if (this.#response.writableLength > MAX_BACKLOG_BYTES) this.#response.destroy();
  }
}
