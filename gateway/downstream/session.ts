/** A client's MCP session, and everything that the gateway keeps for it. */

import type { Message } from '../jsonrpc/message.ts';
import { CallsUnderWay } from '../relay/calls-under-way.ts';
import type { ProgressTokens } from '../relay/progress-tokens.ts';
import type { ResourceOwners } from '../relay/resource-owners.ts';
import type { ServerRequests } from '../relay/server-requests.ts';
import type { SessionState } from '../relay/session-state.ts';
import { NO_HEADERS, type PassedHeaders } from '../upstream/passed-headers.ts';
import type { EventBuffer } from './event-buffer.ts';
import type { EventStream } from './event-stream.ts';
import { SessionStreams } from './session-streams.ts';
import type { User } from './users.ts';

/** How the path of an endpoint for HTTP+SSE ends. */
export const LEGACY_PATH = '/sse';

export interface SessionOrigin {
  readonly id: string;
  readonly user: User;
  /** Undefined where it comes later, over HTTP+SSE. */
  readonly initialize: Message | undefined;
  /** The endpoint at which it was opened; it is known nowhere else. */
  readonly endpoint: string;
  /** The only upstream behind it; undefined where there are several, whose names are prefixed. */
  readonly pinned: string | undefined;
  /** The gateways that it passed before this one. */
  readonly via: readonly string[];
  /** Where events are kept that its client may ask for again. */
  readonly buffer: EventBuffer;
}

export class DownstreamSession {
  readonly id: string;
  /** Its owner, as the token of the latest request proves. */
  user: User;
  readonly endpoint: string;
  readonly pinned: string | undefined;
  via: readonly string[];
  readonly openedAt = new Date();
  readonly calls = new CallsUnderWay();
  /** Upstreams whose state was lost and whose loss this client was not told of yet. */
  readonly untold = new Set<string>();
  /** Upstreams that were left out of a list, and not open since; made when there is one. */
  missing: Set<string> | undefined;
  protocolVersion = '';
  passed: PassedHeaders = NO_HEADERS;
  /** Made when they are needed first: an idle session stays small. */
  serverRequests: ServerRequests | undefined;
  progressTokens: ProgressTokens | undefined;
  resources: ResourceOwners | undefined;
  state: SessionState | undefined;
  /** The one for what belongs to no call. */
  stream: EventStream | undefined;
  lastUsedAt = performance.now();
  /** The client's `initialized` has come. */
  isInitialized = false;
  /** No new request is carried for it. */
  isEnded = false;

  readonly #buffer: EventBuffer;
  #initialize: Message | undefined;
  #streams: SessionStreams | undefined;

  constructor(origin: SessionOrigin) {
    this.id = origin.id;
    this.user = origin.user;
    this.#initialize = origin.initialize;
    this.endpoint = origin.endpoint;
    this.pinned = origin.pinned;
    this.via = origin.via;
    this.#buffer = origin.buffer;
  }

  /** The client's first request. @throws Error before it has come. */
  get initialize(): Message {
    if (this.#initialize === undefined) throw new Error('the session has not begun');
    return this.#initialize;
  }

  get hasBegun(): boolean {
    return this.#initialize !== undefined;
  }

  begin(initialize: Message, via: readonly string[]): void {
    this.#initialize = initialize;
    this.via = via;
  }

  /** Over HTTP+SSE, of 2024-11-05: it lives as long as its stream, on which everything comes. */
  get isLegacy(): boolean {
    return this.endpoint.endsWith(LEGACY_PATH);
  }

  /** How long its client may not read what is there, in milliseconds. */
  get stallMs(): number {
    return this.#buffer.stallMs;
  }

  /** Made with the first stream: a session without any does not pay for it. */
  get streams(): SessionStreams {
    return (this.#streams ??= new SessionStreams(this.#buffer));
  }

  /** Nothing can be asked for any more. */
  endStreams(): void {
    this.stream?.end();
    this.#streams?.end();
  }

  /** Since this revision clients know an event without data, which only gives them an id. */
  get isPrimed(): boolean {
    return this.protocolVersion >= '2025-11-25';
  }

  /** A call under way or an open stream keeps a session alive. */
  isIdle(now: number, ms: number): boolean {
    return this.calls.size === 0 && this.stream?.isRead !== true && now - this.lastUsedAt > ms;
  }
}
