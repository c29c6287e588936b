/**
 * One JSON-RPC request in flight on the raw wire. It ends once in its `outcome`; a second answer to
 * the same id is still written to the history, because that is a finding.
 */

import { OwnError } from '../errors.ts';
import type { RequestId, Outcome } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Exchange, HttpChannel } from './http-channel.ts';
import { isResponse, type RpcCall, type RpcMessage, type RpcResponse } from './json-rpc.ts';
import { classify, type Observation } from './outcome.ts';
import type { Call } from './session.ts';

/** How long a cancelled call may still be answered after its cancellation was taken. */
const CANCEL_GRACE_MS = 1000;
/** How long an event stream is read on after its answer, for a second one. */
const LINGER_MS = 500;

export interface RawCallSpec {
  readonly session: string;
  readonly op: number;
  readonly opId: string | undefined;
  readonly requestId: RequestId;
  readonly deadlineMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sends `notifications/cancelled` for this call; the status, 0 when no answer came. */
  cancel(requestId: RequestId): Promise<number>;
  /** A request of the server that came on this call's stream. */
  onServerRequest(request: RpcCall): void;
}

export class RawCall implements Call {
  readonly op: number;
  readonly opId: string | undefined;
  readonly requestId: RequestId;
  readonly outcome: Promise<Outcome>;
  readonly streaming: Promise<boolean>;
  readonly #spec: RawCallSpec;
  readonly #recorder: Recorder;
  readonly #exchange: Exchange;
  readonly #settled = Promise.withResolvers<Outcome>();
  readonly #streaming = Promise.withResolvers<boolean>();
  #timer: NodeJS.Timeout;
  #isSettled = false;
  #givenUp: 'cancel' | 'abort' | undefined;
  #status = 0;
  #responseHeaders: Readonly<Record<string, string>> = {};
  #reader: AnswerReader | undefined;
  #result: Readonly<Record<string, unknown>> | undefined;

  /** The invoke is in the history already. */
  constructor(channel: HttpChannel, recorder: Recorder, spec: RawCallSpec) {
    this.op = spec.op;
    this.opId = spec.opId;
    this.requestId = spec.requestId;
    this.outcome = this.#settled.promise;
    this.streaming = this.#streaming.promise;
    this.#spec = spec;
    this.#recorder = recorder;
    this.#timer = setTimeout(() => this.#timeOut(), spec.deadlineMs);
    this.#exchange = channel.send('POST', spec.headers, spec.body, {
      head: (status, headers) => this.#head(status, headers),
      chunk: (text) => this.#chunk(text),
      end: () => this.#end(),
      broken: (message, code) => this.#broken(message, code),
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Headers of the response, the session id among them; only the handshake may use it. */
  get responseHeaders(): Readonly<Record<string, string>> {
    return this.#responseHeaders;
  }

  /** The JSON-RPC result, once there is one. */
  get result(): Readonly<Record<string, unknown>> | undefined {
    return this.#result;
  }

  async cancel(): Promise<number> {
    if (this.#givenUp !== undefined) throw new OwnError(`op ${this.op} was given up before`);
    this.#givenUp = 'cancel';
    this.#recorder.record({ kind: 'give-up', op: this.op, how: 'cancel' });
    const status = await this.#spec.cancel(this.requestId);
    if (!this.#isSettled) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#finish({ kind: 'cancelled' }), CANCEL_GRACE_MS);
    }
    return status;
  }

  abort(): void {
    if (this.#isSettled) return;
    this.#givenUp = 'abort';
    this.#recorder.record({ kind: 'give-up', op: this.op, how: 'abort' });
    this.#finish({ kind: 'aborted' });
  }

  /** Stops reading, whatever may still come. */
  destroy(): void {
    clearTimeout(this.#timer);
    this.#exchange.destroy();
  }

  #timeOut(): void {
    this.#finish(
      this.#givenUp === 'cancel'
        ? { kind: 'cancelled' }
        : { kind: 'timeout', deadlineMs: this.#spec.deadlineMs },
    );
  }

  #head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#status = status;
    this.#responseHeaders = headers;
    this.#reader = new AnswerReader(headers['content-type'] ?? '', (message) =>
      this.#take(message),
    );
  }

  #chunk(text: string): void {
    if (this.#reader?.feed(text) === false) this.#broken('the answer is larger than 8 MiB');
  }

  #end(): void {
    this.#reader?.end();
    if (this.#isSettled) clearTimeout(this.#timer);
    else if (this.#givenUp === 'cancel' && this.#status < 400) this.#finishCancelled();
    else if (this.#reader?.isStream === true) this.#broken('the stream ended before the answer');
    else this.#finish({ kind: 'http', ...this.#received(), body: this.#reader?.body ?? '' });
  }

  #broken(message: string, code?: string): void {
    if (this.#givenUp === 'cancel') return this.#finishCancelled();
    const status = this.#status === 0 ? undefined : this.#status;
    this.#finish({
      kind: 'broken',
      message,
      ...(code !== undefined && { code }),
      ...(status !== undefined && { status, body: this.#reader?.body ?? '' }),
    });
  }

  #take(message: RpcMessage): void {
    if (isResponse(message)) return this.#takeResponse(message);
    const { method, params } = message;
    this.#recorder.record({
      kind: 'message',
      session: this.#spec.session,
      op: this.op,
      method,
      ...(params !== undefined && { params }),
    });
    this.#streaming.resolve(true);
    if (message.id !== undefined) this.#spec.onServerRequest(message);
  }

  #takeResponse(message: RpcResponse): void {
    if (!this.#isMine(message)) {
      this.#recorder.record({
        kind: 'fact',
        name: 'foreign-answer',
        value: {
          session: this.#spec.session,
          op: this.op,
          requestId: this.requestId,
          answeredId: message.id,
        },
      });
      return;
    }
    if ('result' in message) this.#result ??= message.result;
    this.#settle({ kind: 'answer', ...this.#received(), message });
    if (this.#reader?.isStream !== true) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), LINGER_MS);
  }

  /** An error that refuses a request before its id was read carries null, or a placeholder. */
  #isMine(message: RpcResponse): boolean {
    if (message.id === this.requestId) return true;
    return 'error' in message && (message.id === null || this.#status >= 400);
  }

  #received(): { status: number; headers: Readonly<Record<string, string>> } {
    const { 'mcp-session-id': _secret, ...headers } = this.#responseHeaders;
    return { status: this.#status, headers };
  }

  #finishCancelled(): void {
    this.#finish({ kind: 'cancelled', ...(this.#status !== 0 && { status: this.#status }) });
  }

  /** The end without an answer. */
  #finish(observation: Observation): void {
    if (!this.#isSettled) this.#settle(observation);
    this.destroy();
  }

  #settle(observation: Observation): void {
    clearTimeout(this.#timer);
    this.#isSettled = true;
    const outcome = classify(observation);
    this.#recorder.record({ kind: 'complete', op: this.op, outcome });
    this.#streaming.resolve(false);
    this.#settled.resolve(outcome);
  }
}
