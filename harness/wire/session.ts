/**
 * A client's MCP session, as a scenario uses it. The raw client behind it does exactly what it is
 * told: it never retries, reopens, follows a redirect or adopts a session id after the handshake.
 */

import type { Outcome, RequestId } from '../history/event.ts';

export interface SessionOptions {
  /** Label prefix in the history, default the user's name. */
  readonly label?: string;
  /** Which implementation speaks. Default "raw". */
  readonly client?: 'raw' | 'sdk';
  readonly protocolVersion?: string;
  /** Another session that knows the tools' names: then tools/list is not asked, and the first call is the first. */
  readonly toolsFrom?: ClientSession | undefined;
  /** Milliseconds for initialize and tools/list together. Default 10,000. */
  readonly deadlineMs?: number;
}

export interface CallOptions {
  /** Which upstream's tool, where the scenario has several. Default: its only one. */
  readonly upstream?: string;
  /** Default: the session's next number. */
  readonly requestId?: RequestId;
  /** How long the client waits. Default 10,000. */
  readonly deadlineMs?: number;
  /** Asks for progress under this token. */
  readonly progressToken?: RequestId;
  /** It is sent to be refused; the history says so, and no check mistakes the refusal for a failure. */
  readonly hostile?: true;
}

/** A call in flight. `outcome` always resolves. */
export interface Call {
  readonly op: number;
  readonly opId: string | undefined;
  readonly requestId: RequestId;
  readonly outcome: Promise<Outcome>;
  /** Resolves to true when the first message came on its stream ahead of the answer, to false when it ended without one. */
  readonly streaming: Promise<boolean>;
  /** Sends `notifications/cancelled` under this call's id; the status of that POST. */
  cancel(): Promise<number>;
  /** Destroys this call's socket. */
  abort(): void;
}

/** How the fixture's tool `break` can spoil its own answer; see `fixtures/counter/breakage.ts`. */
export type BreakHow =
  | `${'reset' | 'close'}-${'before' | 'headers' | 'during' | 'after'}`
  | `status-${202 | 204 | 307 | 400 | 401 | 403 | 404 | 410 | 429 | 500 | 502 | 503}`
  | `rpc-${404 | 500}`
  | `sse-${'cut' | 'reset' | 'ends' | 'twice'}`
  | 'not-http'
  | 'two-responses'
  | 'truncate'
  | 'empty'
  | 'html'
  | 'text'
  | 'invalid-json'
  | 'invalid-utf8'
  | 'wrong-id'
  | 'other-id'
  | 'wrong-session'
  | 'huge'
  | 'drip'
  | 'stall'
  | 'late';

export interface ClientSession extends AsyncDisposable {
  readonly label: string;
  readonly user: string | undefined;
  /** The Mcp-Session-Id; undefined for a stateless target. */
  readonly id: string | undefined;
  /** `initialize` succeeded and the fixtures' tools were found. */
  readonly isOpen: boolean;

  /** One increment after the other, each with a fresh opId. */
  increment(options?: CallOptions & { readonly times?: number }): Promise<readonly Outcome[]>;
  get(options?: CallOptions): Promise<Outcome>;
  /** A tool of the fixture by its own name, in flight when this returns. `opId` is added to its arguments where it takes one. */
  call(tool: string, args?: Readonly<Record<string, unknown>>, options?: CallOptions): Call;
  /** Any JSON-RPC request. */
  request(method: string, params?: unknown, options?: CallOptions): Call;
  /** Any JSON-RPC notification; the HTTP status. */
  notify(method: string, params?: unknown): Promise<number>;
  /** DELETE; the outcome carries the status. */
  delete(options?: { readonly deadlineMs?: number }): Promise<Outcome>;
  /** GET on the endpoint; resolves with the headers' outcome, the stream is read into the history until disposed. */
  openStream(options?: {
    readonly deadlineMs?: number;
    readonly lastEventId?: string;
  }): Promise<Outcome>;
  /** The same wire as another user: this session's id with that user's credentials. */
  stolenBy(user: string): ClientSession;
}
