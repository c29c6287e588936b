/** What the script writes to k6's console output, one JSON object a line; the judge reads it back. */

export type UserOp = 'initialize' | 'initialized' | 'tools/list' | 'increment' | 'delete';

/** One exchange that did not end as it should. */
export interface ErrorLine {
  readonly kind: 'error';
  readonly user: string;
  readonly upstream: string;
  readonly op: UserOp;
  readonly opId?: string;
  /** Wall clock, in whole milliseconds: k6 knows no other. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When the user's present session was opened; a loss told before is not told again. */
  readonly sessionSinceMs: number;
  /** 0: no HTTP answer. */
  readonly status: number;
  readonly cause: ErrorCause;
  /** The error's text as it came; "" if it was empty. */
  readonly text: string;
}

export type ErrorCause =
  /** No complete HTTP answer. */
  | 'transport'
  | 'timeout'
  /** A status of 400 or more without a JSON-RPC error. */
  | 'http'
  /** A success that holds no answer to this request. */
  | 'no-answer'
  | 'rpc'
  | 'tool'
  /** An answer that contradicts what this user did: somebody else's, or a state that changed by itself. */
  | 'isolation';

/** One life, over. */
export interface UserLine {
  readonly kind: 'user';
  readonly user: string;
  readonly upstream: string;
  /** Increments sent; their opIds are `<user>-1` to `<user>-<issued>`. */
  readonly issued: number;
  readonly acknowledged: number;
  readonly unknown: number;
  /** Exchanges of every kind. */
  readonly calls: number;
  readonly sessions: number;
  readonly errors: number;
  readonly violations: number;
  /** The last value, nonce and epoch of the last session. */
  readonly last: number;
  readonly nonce: string;
  readonly epoch: string;
}

export type LoadLine = ErrorLine | UserLine;
