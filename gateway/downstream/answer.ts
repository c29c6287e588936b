/**
 * The one answer to a POST: JSON, unless something of the upstream came before it, then an event
 * stream. Whatever happens it is given once; what comes later is dropped.
 */

import type { ServerResponse } from 'node:http';
import { errorBytes } from '../jsonrpc/message.ts';
import { EventStream } from './event-stream.ts';
import type { DownstreamSession } from './session.ts';

/** An answer that a client may take its time to read, but not for ever. */
const LARGE_BYTES = 64 * 1024;

export class Answer {
  readonly response: ServerResponse;
  /** The request's id, as soon as it was read: what a refusal bears. */
  idText = 'null';
  /** Whose streams it may become one of. */
  session: DownstreamSession | undefined;
  readonly #refused: ((answer: Answer, status: number) => void) | undefined;
  #stream: EventStream | undefined;
  #isDone = false;

  /** `refused` learns of an HTTP status that is no success. */
  constructor(response: ServerResponse, refused?: (answer: Answer, status: number) => void) {
    this.response = response;
    this.#refused = refused;
  }

  /** Nobody is there to read it any more, or can come back for it. */
  get isUnread(): boolean {
    return this.response.destroyed && this.#stream?.isReachable !== true;
  }

  /** A message that comes before the answer. Resolves when the reader has caught up. */
  message(bytes: Buffer): Promise<void> | undefined {
    return this.#isDone ? undefined : this.say(bytes);
  }

  /** Shows the client that the call is alive, if the upstream says so. */
  keepAlive(): void {
    if (!this.#isDone) this.sayAlive();
  }

  /** The JSON-RPC response. `sessionId` goes along with the answer to `initialize`. */
  json(bytes: Buffer, sessionId?: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.give(bytes, sessionId);
  }

  protected give(bytes: Buffer, sessionId?: string): void {
    if (this.#stream !== undefined) {
      void this.#stream.message(bytes);
      this.#stream.end();
      return;
    }
    const headers = ['content-type', 'application/json', 'content-length', String(bytes.length)];
    if (sessionId !== undefined) headers.push('mcp-session-id', sessionId);
    this.response.writeHead(200, headers);
    this.response.end(bytes);
    if (bytes.length > LARGE_BYTES && this.session !== undefined) {
      this.response.socket?.setTimeout(this.session.stallMs);
    }
  }

  /** An HTTP status that is no success, with a JSON-RPC error that says why. */
  refuse(
    status: number,
    code: number,
    text: string,
    options: { readonly headers?: Readonly<Record<string, string>> } = {},
  ): void {
    this.#refuse(status, errorBytes(this.idText, code, text), options.headers);
  }

  /** A JSON-RPC error for want of something of the gateway's own, worth another try soon. */
  unavailable(bytes: Buffer): void {
    this.#refuse(503, bytes, { 'retry-after': '5' });
  }

  #refuse(status: number, bytes: Buffer, headers?: Readonly<Record<string, string>>): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#stream === undefined) this.giveStatus(status, bytes, headers);
    else this.give(bytes);
  }

  protected giveStatus(
    status: number,
    bytes: Buffer,
    headers?: Readonly<Record<string, string>>,
  ): void {
    if (status >= 400) this.#refused?.(this, status);
    const type = { 'content-type': 'application/json', 'content-length': String(bytes.length) };
    this.response.writeHead(status, { ...type, ...headers });
    this.response.end(bytes);
  }

  /** The same for an id that never was, one that is no more, and somebody else's. */
  unknownSession(): void {
    this.refuse(404, -32001, 'Session not found');
  }

  /** A status without a body: 202 for what wants no answer, 204 for DELETE. */
  empty(status: 202 | 204): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.response.writeHead(status, status === 204 ? [] : ['content-length', '0']);
    this.response.end();
  }

  /** No answer will come, because the client said that it wants none. */
  nothing(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.giveNothing();
  }

  protected giveNothing(): void {
    this.#stream ??= EventStream.on(this.response);
    this.#stream.end();
  }

  protected say(bytes: Buffer): Promise<void> | undefined {
    return this.#streaming().message(bytes);
  }

  protected sayAlive(): void {
    this.#streaming().keepAlive();
  }

  #streaming(): EventStream {
    this.#stream ??=
      this.session?.streams.open(this.response, this.session.isPrimed) ??
      EventStream.on(this.response);
    return this.#stream;
  }
}
