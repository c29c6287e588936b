/** One request in flight of the SDK's client. */

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { OwnError } from '../errors.ts';
import type { Outcome, RequestId } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import { classify, type Observation } from './outcome.ts';
import { observationOf } from './sdk-error.ts';
import type { SdkTransport } from './sdk-transport.ts';
import type { Call } from './session.ts';

export interface SdkCallSpec {
  readonly op: number;
  readonly opId: string | undefined;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly deadlineMs: number;
  /** Told the id that the client took, before anything is answered. */
  invoked(requestId: RequestId): void;
}

const ACCEPTED = 202;

export class SdkCall implements Call {
  readonly op: number;
  readonly opId: string | undefined;
  readonly requestId: RequestId;
  readonly outcome: Promise<Outcome>;
  /** The SDK shows no message before its answer. */
  readonly streaming: Promise<boolean>;
  readonly #recorder: Recorder;
  readonly #transport: SdkTransport;
  readonly #giveUp = new AbortController();
  #result: Readonly<Record<string, unknown>> | undefined;

  constructor(client: Client, transport: SdkTransport, recorder: Recorder, spec: SdkCallSpec) {
    const { method, params, deadlineMs } = spec;
    this.op = spec.op;
    this.opId = spec.opId;
    this.#recorder = recorder;
    this.#transport = transport;
    const answer = client.request({ method, params: { ...params } }, ResultSchema, {
      timeout: deadlineMs,
      signal: this.#giveUp.signal,
    });
    this.requestId = transport.lastRequestId;
    spec.invoked(this.requestId);
    this.outcome = this.#settle(answer, deadlineMs);
    this.streaming = this.outcome.then(() => false);
  }

  /** The JSON-RPC result, once there is one. */
  get result(): Readonly<Record<string, unknown>> | undefined {
    return this.#result;
  }

  async cancel(): Promise<number> {
    this.#recorder.record({ kind: 'give-up', op: this.op, how: 'cancel' });
    this.#giveUp.abort('the client gave up');
    try {
      await this.#transport.lastNotification;
      return ACCEPTED;
    } catch (error) {
      return error instanceof StreamableHTTPError ? (error.code ?? 0) : 0;
    }
  }

  abort(): void {
    throw new OwnError('the SDK client cannot hang up on one call; use the raw client');
  }

  async #settle(answer: Promise<object>, deadlineMs: number): Promise<Outcome> {
    const outcome = classify(await this.#observe(answer, deadlineMs));
    this.#recorder.record({ kind: 'complete', op: this.op, outcome });
    return outcome;
  }

  async #observe(answer: Promise<object>, deadlineMs: number): Promise<Observation> {
    try {
      const result = { ...(await answer) };
      this.#result = result;
      const message = { id: this.requestId, result };
      return { kind: 'answer', status: 200, headers: {}, message };
    } catch (error) {
      if (this.#giveUp.signal.aborted) {
        // The client rejects before its notification is out.
        await this.#transport.lastNotification.catch(() => undefined);
        return { kind: 'cancelled' };
      }
      return observationOf(error, this.requestId, deadlineMs);
    }
  }
}
