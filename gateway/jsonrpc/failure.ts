/**
 * Why a request got no answer from its upstream, in words that a client can act on: which upstream,
 * what happened, and whether the request may have been carried out. No address, header or session id
 * is ever part of the text.
 */

import { errorBytes, isObject, type Message } from './message.ts';

export type FailureKind =
  /** No connection: the request never left. */
  | 'unreachable'
  /** The gateway ran out of descriptors or ports: the request never left. */
  | 'exhausted'
  /** The connection ended before the answer did. */
  | 'broken'
  /** The answer was not one whole JSON-RPC response to this request. */
  | 'invalid'
  /** An HTTP status other than success. */
  | 'refused'
  /** The upstream no longer knows the session. */
  | 'lost'
  /** No answer in time. */
  | 'timeout'
  /** The session or the upstream was ended on purpose. */
  | 'ended'
  /** The upstream answered `initialize` with a JSON-RPC error. */
  | 'rejected';

export interface FailureOptions {
  /** The request may have been carried out; default: decided by the kind. */
  readonly maybeApplied?: boolean;
  /** The HTTP status, for kind "refused". */
  readonly status?: number;
  /** The upstream's own JSON-RPC error, for kind "rejected". */
  readonly answer?: Message;
}

const MAYBE_APPLIED: ReadonlySet<FailureKind> = new Set(['broken', 'invalid', 'timeout', 'ended']);

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly upstream: string;
  readonly maybeApplied: boolean;
  readonly status: number | undefined;
  readonly answer: Message | undefined;

  constructor(kind: FailureKind, upstream: string, detail: string, options: FailureOptions = {}) {
    super(detail);
    this.kind = kind;
    this.upstream = upstream;
    this.maybeApplied = options.maybeApplied ?? MAYBE_APPLIED.has(kind);
    this.status = options.status;
    this.answer = options.answer;
  }

  /** The same, told to a request that never left because of it. */
  ofUnsent(): Failure {
    return new Failure(this.kind, this.upstream, this.message, { maybeApplied: false });
  }
}

const MAX_QUOTED = 300;

/** The upstream's answer to `initialize` was a JSON-RPC error. */
export function refusedToInitialize(upstream: string, answer: Message): Failure {
  const { error } = answer.body;
  const message = isObject(error) ? error['message'] : undefined;
  const quoted = typeof message === 'string' ? `: ${message.slice(0, MAX_QUOTED)}` : '';
  return new Failure('rejected', upstream, `it refused to initialize${quoted}`, { answer });
}

/** Any thrown thing as a failure of that upstream. */
export function asFailure(error: unknown, upstream: string): Failure {
  if (error instanceof Failure) return error;
  return new Failure('broken', upstream, 'the gateway failed to carry the request');
}

/** What clients are told. */
export class Wording {
  /** One sentence; never empty, always names the upstream. */
  errorText(failure: Failure): string {
    const fate = failure.maybeApplied
      ? 'the request may have been carried out and was not sent again'
      : 'the request was not carried out';
    const who = failure.upstream === '' ? 'Gateway' : `Upstream "${failure.upstream}"`;
    return `${who}: ${failure.message}; ${fate}`;
  }

  /** The JSON-RPC error for that request. */
  errorFor(idText: string, failure: Failure): Buffer {
    return errorBytes(idText, -32603, this.errorText(failure), {
      origin: 'gateway',
      upstream: failure.upstream,
      reason: failure.kind,
      maybeApplied: failure.maybeApplied,
    });
  }
}
