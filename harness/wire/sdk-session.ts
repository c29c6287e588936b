/**
 * A session of the official SDK's client, recorded call by call. For interop: what only the raw
 * wire can do (ids of one's own, hanging up on one call, stolen sessions) is refused here.
 */

import { callAbout, type CallAbout } from './call-about.ts';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { OwnError } from '../errors.ts';
import type { Outcome } from '../history/event.ts';
import { DeadlineExceededError, within } from '../lifecycle/deadline.ts';
import { CALL_DEADLINE_MS, type WireOptions } from './connect-options.ts';
import { classify } from './outcome.ts';
import { SdkCall } from './sdk-call.ts';
import { observationOf } from './sdk-error.ts';
import type { SdkTransport } from './sdk-transport.ts';
import type { Call, CallOptions, ClientSession } from './session.ts';
import { recordSession } from './session-event.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

const PAGES_MAX = 50;

export class SdkSession implements ClientSession {
  readonly label: string;
  readonly user: string | undefined;
  readonly #options: WireOptions;
  readonly #client: Client;
  readonly #transport: SdkTransport;
  #tools: ToolCatalogue;
  #isDeleted = false;
  #isDisposed = false;
  #nextOpId = 1;

  constructor(options: WireOptions, client: Client, transport: SdkTransport) {
    this.label = options.label;
    this.user = options.user;
    this.#options = options;
    this.#client = client;
    this.#transport = transport;
    this.#tools = new ToolCatalogue([], options.upstreams);
  }

  get id(): string | undefined {
    return this.#transport.sessionId;
  }

  get isOpen(): boolean {
    return this.#tools.isComplete && !this.#isDeleted;
  }

  get tools(): ToolCatalogue {
    return this.#tools;
  }

  /** Never rejects for what the target did. */
  async open(deadlineMs: number): Promise<void> {
    const outcome = await this.#recorded('initialize', deadlineMs, () =>
      this.#client.connect(this.#transport, { timeout: deadlineMs }),
    );
    if (outcome.type !== 'ok') return;
    this.#tools = new ToolCatalogue(await this.#listTools(deadlineMs), this.#options.upstreams);
    if (this.#tools.isComplete) this.#event('opened');
  }

  async increment(options: CallOptions & { times?: number } = {}): Promise<readonly Outcome[]> {
    const { times = 1, ...callOptions } = options;
    const outcomes: Outcome[] = [];
    for (let i = 0; i < times; i++) {
      outcomes.push(await this.call('increment', {}, callOptions).outcome);
    }
    return outcomes;
  }

  get(options: CallOptions = {}): Promise<Outcome> {
    return this.call('get', {}, options).outcome;
  }

  call(
    tool: string,
    args: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Call {
    const upstream = this.#upstreamOf(options);
    const opId = `${this.#options.opPrefix}${this.label}.${this.#nextOpId++}`;
    const takesOpId = this.#tools.takesOpId(tool, upstream) && !('opId' in args);
    const sent = takesOpId ? { ...args, opId } : args;
    const { progressToken } = options;
    const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
    const params = { name: this.#tools.nameOf(tool, upstream), arguments: sent, ...meta };
    return this.#send('tools/call', params, options, callAbout(tool, sent));
  }

  request(method: string, params?: unknown, options: CallOptions = {}): Call {
    return this.#send(method, (params ?? {}) as Record<string, unknown>, options, {});
  }

  async notify(method: string, params?: unknown): Promise<number> {
    const outcome = await this.#outcomeOf(
      this.#client.notification({ method, params: { ...(params as object | undefined) } }),
    );
    return outcome.status ?? 0;
  }

  async delete(options: { readonly deadlineMs?: number } = {}): Promise<Outcome> {
    const deadlineMs = options.deadlineMs ?? CALL_DEADLINE_MS;
    const outcome = await this.#recorded('DELETE', deadlineMs, () =>
      this.#transport.terminateSession(),
    );
    if (outcome.type === 'ok' && !this.#isDeleted) {
      this.#isDeleted = true;
      this.#event('deleted');
    }
    return outcome;
  }

  openStream(): Promise<Outcome> {
    return Promise.reject(new OwnError('the SDK client opens its stream by itself'));
  }

  stolenBy(): ClientSession {
    throw new OwnError('the SDK client steals no sessions; use the raw client');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await this.#client.close();
    if (this.#tools.isComplete && !this.#isDeleted) this.#event('abandoned');
  }

  #send(
    method: string,
    params: Readonly<Record<string, unknown>>,
    options: CallOptions,
    about: CallAbout,
  ): SdkCall {
    if (options.requestId !== undefined) throw new OwnError('the SDK client chooses its own ids');
    const { recorder } = this.#options;
    const op = recorder.nextOp();
    const { deadlineMs = CALL_DEADLINE_MS } = options;
    const upstream = this.#upstreamOf(options);
    return new SdkCall(this.#client, this.#transport, recorder, {
      op,
      opId: about.opId,
      method,
      params,
      deadlineMs,
      invoked: (requestId) =>
        recorder.record({
          kind: 'invoke',
          op,
          session: this.label,
          method,
          requestId,
          deadlineMs,
          ...(this.user !== undefined && { user: this.user }),
          ...(upstream !== undefined && { upstream }),
          ...((this.#isDeleted || options.hostile === true) && { hostile: true as const }),
          ...about,
        }),
    });
  }

  async #listTools(deadlineMs: number): Promise<readonly unknown[]> {
    const tools: unknown[] = [];
    let params: Readonly<Record<string, unknown>> = {};
    for (let page = 0; page < PAGES_MAX; page++) {
      const call = this.#send('tools/list', params, { deadlineMs }, {});
      await call.outcome;
      const listed = call.result?.['tools'];
      if (Array.isArray(listed)) tools.push(...(listed as unknown[]));
      const cursor = call.result?.['nextCursor'];
      if (typeof cursor !== 'string' || cursor === '') break;
      params = { cursor };
    }
    return tools;
  }

  /** For what the SDK does in one go, whose messages we do not see. */
  async #recorded(method: string, deadlineMs: number, work: () => Promise<void>): Promise<Outcome> {
    const { recorder } = this.#options;
    const op = recorder.nextOp();
    const upstream = this.#upstreamOf({});
    recorder.record({
      kind: 'invoke',
      op,
      session: this.label,
      method,
      deadlineMs,
      ...(this.user !== undefined && { user: this.user }),
      ...(upstream !== undefined && { upstream }),
    });
    const outcome = await this.#outcomeOf(work(), deadlineMs);
    recorder.record({ kind: 'complete', op, outcome });
    return outcome;
  }

  async #outcomeOf(work: Promise<void>, deadlineMs = CALL_DEADLINE_MS): Promise<Outcome> {
    try {
      await within(deadlineMs, 'the SDK client', work);
      return { type: 'ok', kind: 'result', status: 200 };
    } catch (error) {
      if (error instanceof DeadlineExceededError) return classify({ kind: 'timeout', deadlineMs });
      return classify(observationOf(error, 0, deadlineMs));
    }
  }

  #upstreamOf(options: CallOptions): string | undefined {
    const { upstreams } = this.#options;
    return options.upstream ?? (upstreams.length === 1 ? upstreams[0] : undefined);
  }

  #event(what: 'opened' | 'deleted' | 'abandoned'): void {
    recordSession(this.#options.recorder, this, what);
  }
}
