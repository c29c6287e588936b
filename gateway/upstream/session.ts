/**
 * What the relay needs of a session with an upstream, whatever carries it. A transport implements
 * this; the owner decides who may use it and how long it lives.
 */

import type { Failure } from '../jsonrpc/failure.ts';
import type { Message } from '../jsonrpc/message.ts';
import type { Deadlines, Timed } from '../lifecycle/deadlines.ts';
import type { SparseLog } from '../observe/sparse-log.ts';
import type { Sink } from './exchange.ts';
import type { Downstream } from './owner.ts';
import type { Processes } from './processes.ts';
import type { Upstream } from './upstream.ts';

/** What sessions of every transport share. */
export interface SessionHost {
  /** Silence after which a session is probed before its next call, in milliseconds; 0 for never. */
  readonly idleProbeAfterMs: number;
  readonly lingering: Deadlines<Timed>;
  /** Bounds notifications and DELETE, whose answers nobody may be waiting for. */
  readonly patience: Deadlines<Timed>;
  readonly processes: Processes;
  readonly log: SparseLog;
}

/**
 * A transport. `onLost` is called once, when the state behind the session is gone and nobody asked
 * for that; `downstream` is the client's session that it is for.
 */
export type SessionClass = new (
  upstream: Upstream,
  host: SessionHost,
  onLost: () => void,
  downstream: Downstream,
) => UpstreamSession;

/** A request under way. */
export interface InFlight {
  /** False while no byte of the request can have left. */
  readonly wasSent: boolean;
  /** Nobody waits for the answer any more. */
  abandon(): void;
  /** Ends it with this failure, unless it has ended. */
  fail(failure: Failure): void;
}

/** What an upstream sends outside of any request. A promise says: read on when it resolves. */
export type Listener = (message: Message) => Promise<void> | undefined;

export interface UpstreamSession {
  readonly upstream: Upstream;
  /** The answer to `initialize`. */
  readonly handshake: Message;
  readonly inFlight: number;
  /** Sends this `initialize`; rejects with a Failure, after which the session is of no use. */
  open(initialize: Message): Promise<void>;
  /** Nobody wants it any more: `open` rejects at once if that leaves nothing behind upstream. */
  stopOpening(why: Failure): void;
  /** False as soon as the session or its transport is gone: it must not be handed out again. */
  isUsable(): boolean;
  /** True when it was silent for so long that it must show that it is alive first. */
  needsProbe(): boolean;
  /** An answer of the probe, or of anything else: alive. */
  proven(): void;
  /** Sends a request; the sink gets exactly one answer or failure. `headers` is flat. */
  send(message: Message, sink: Sink, headers?: readonly string[]): InFlight;
  /** Sends a notification or response. Rejects with a Failure when it was not accepted. */
  notify(message: Message): Promise<void>;
  /** Opens the stream of the upstream's own messages, until `unlisten` or the session's end. */
  listen(listener: Listener): void;
  unlisten(): void;
  /** Not usable from now on; calls under way go on. */
  retire(): void;
  /** Ends every call under way with this failure; nothing is sent on the session any more. */
  failAll(why: Failure): void;
  /**
   * Ends it at the upstream: calls under way fail with this failure. Resolves when the upstream has
   * agreed, rejects with a Failure when it has not; the caller bounds the wait.
   */
  terminate(why: Failure): Promise<void>;
}
