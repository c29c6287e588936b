/** Bytes to the gateway as no well-behaved client sends them, and whatever comes back. */

import { connect, type Socket } from 'node:net';
import { until } from './until.ts';

export class RawRequest implements Disposable {
  readonly #socket: Socket;
  #received = '';
  #isClosed = false;

  /** Connects to the host of that URL and sends `text` at once. */
  constructor(url: string, text: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    this.#socket.on('data', (chunk: Buffer) => (this.#received += chunk.toString()));
    this.#socket.on('error', () => {});
    this.#socket.on('end', () => (this.#isClosed = true));
    this.#socket.on('close', () => (this.#isClosed = true));
    this.#socket.write(text);
  }

  get received(): string {
    return this.#received;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(text: string): void {
    if (!this.#isClosed) this.#socket.write(text);
  }

  /** The status of the first answer; 0 when the connection ended without any. */
  async status(): Promise<number> {
    await until(
      'an answer, or the end',
      () => this.#isClosed || this.#received.includes('\r\n\r\n'),
    );
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.#received)?.[1] ?? 0);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
