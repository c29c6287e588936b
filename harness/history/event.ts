/**
 * What the clients saw, in order. The history is appended while a scenario acts and is never
 * judged while it grows; checks read it afterwards together with the ledger and the receipts.
 */

export type RequestId = string | number;

/**
 * Jepsen's three ways to end: `ok` happened, `fail` certainly did not take effect, `info` may or
 * may not have. Which observation is which: see `outcome.ts`.
 */
export type OutcomeType = 'ok' | 'fail' | 'info';

export type OutcomeKind =
  /** A JSON-RPC result without isError. */
  | 'result'
  /** A JSON-RPC result with isError: the tool failed, or the gateway says so in a tool's clothes. */
  | 'tool-error'
  | 'rpc-error'
  /** A status of 400 or more without a JSON-RPC error in its body. */
  | 'http-error'
  /** The connection failed, or the body ended without an answer to this id. */
  | 'transport-error'
  /** Nothing came before the client's deadline. */
  | 'timeout'
  /** The client hung up on purpose. */
  | 'aborted'
  /** The client cancelled, and no answer came afterwards. */
  | 'cancelled';

export interface Outcome {
  readonly type: OutcomeType;
  readonly kind: OutcomeKind;
  readonly status?: number;
  /** JSON-RPC error code, or the system's error code ("ECONNRESET"). */
  readonly code?: number | string;
  /** The error's text exactly as it came, "" if it was empty. */
  readonly message?: string;
  /** The `data` of a JSON-RPC error. */
  readonly data?: unknown;
  /** What the fixture put into its answer (`value`, `opId`, `tag`, `epoch`, `nonce`, …). */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Response headers that a check may need, lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The start of an answer that was no JSON-RPC, for the report. */
  readonly excerpt?: string;
}

interface EventBase {
  /** Position in the history, from 0 without gaps: a gap proves that events were dropped. */
  readonly seq: number;
  /** Milliseconds on the machine's monotonic clock. */
  readonly atMs: number;
}

/** A client sends something that expects an answer. */
export interface InvokeEvent extends EventBase {
  readonly kind: 'invoke';
  /** Joins the invoke with its completion; unique in the history. */
  readonly op: number;
  /** The client session's label, e.g. "alice/1". One label is one downstream MCP session. */
  readonly session: string;
  readonly user?: string;
  /** The upstream this call is meant for, by the scenario's name of it. */
  readonly upstream?: string;
  /** JSON-RPC method, or an HTTP verb in capitals for GET and DELETE. */
  readonly method: string;
  /** The fixture's own name of the tool, whatever the gateway calls it. */
  readonly tool?: string;
  readonly requestId?: RequestId;
  /** Carried in the tool's arguments; the join with the ledger. */
  readonly opId?: string;
  readonly tag?: string;
  /** How long the upstream was asked to take, in milliseconds. */
  readonly delayMs?: number;
  /** Whether "break" or "hang" was asked to add one first; absent: not said. */
  readonly apply?: 'before' | 'never';
  /** How long the client waits, in milliseconds. */
  readonly deadlineMs: number;
  /** Sent to be refused: another user's session, or a session that was deleted. */
  readonly hostile?: true;
}

/** An answer arrived, or the client gave up. A second one for the same op is a finding, so both are kept. */
export interface CompleteEvent extends EventBase {
  readonly kind: 'complete';
  readonly op: number;
  readonly outcome: Outcome;
}

/** The client sent `notifications/cancelled` for, or hung up on, an op in flight. */
export interface GiveUpEvent extends EventBase {
  readonly kind: 'give-up';
  readonly op: number;
  readonly how: 'cancel' | 'abort';
}

/** A notification or a server's request that reached a client. */
export interface MessageEvent extends EventBase {
  readonly kind: 'message';
  readonly session: string;
  /** The op on whose POST stream it came; absent on a GET stream. */
  readonly op?: number;
  readonly method: string;
  readonly params?: unknown;
}

/** A change in a client session's life. */
export interface SessionEvent extends EventBase {
  readonly kind: 'session';
  readonly session: string;
  readonly what: 'opened' | 'deleted' | 'abandoned';
  readonly user?: string;
  /** A digest of the Mcp-Session-Id: enough to tell two apart, useless to a thief. */
  readonly idDigest?: string;
}

/** Anything else a check needs, by name: see `facts.ts` for the names and their values. */
export interface FactEvent extends EventBase {
  readonly kind: 'fact';
  readonly name: string;
  readonly value: unknown;
}

export type HistoryEvent =
  InvokeEvent | CompleteEvent | GiveUpEvent | MessageEvent | SessionEvent | FactEvent;

/** An event before the recorder numbers and stamps it. */
export type NewEvent = HistoryEvent extends infer E
  ? E extends HistoryEvent
    ? Omit<E, 'seq' | 'atMs'>
    : never
  : never;
