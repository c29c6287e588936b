/** Takes a response body apart into JSON-RPC messages: an event stream as it arrives, JSON at its end. */

import { createParser, type EventSourceParser } from 'eventsource-parser';
import { parseMessages, type RpcMessage } from './json-rpc.ts';

const BODY_LENGTH_MAX = 8 * 1024 * 1024;
const KEPT_LENGTH = 2000;

export class AnswerReader {
  readonly isStream: boolean;
  readonly #parser: EventSourceParser | undefined;
  readonly #onMessage: (message: RpcMessage) => void;
  #body = '';
  #length = 0;

  constructor(contentType: string, onMessage: (message: RpcMessage) => void) {
    this.#onMessage = onMessage;
    this.isStream = contentType.startsWith('text/event-stream');
    if (!this.isStream) return;
    this.#parser = createParser({ onEvent: (event) => this.#emit(event.data) });
  }

  /** @returns false once the body is larger than any answer may be. */
  feed(text: string): boolean {
    this.#length += text.length;
    if (this.#parser === undefined || this.#body.length < KEPT_LENGTH) this.#body += text;
    this.#parser?.feed(text);
    return this.#length <= BODY_LENGTH_MAX;
  }

  /** The body is complete. */
  end(): void {
    if (!this.isStream) this.#emit(this.#body);
  }

  /** The beginning of an event stream, or the whole of anything else. */
  get body(): string {
    return this.#body;
  }

  #emit(text: string): void {
    for (const message of parseMessages(text) ?? []) this.#onMessage(message);
  }
}
