/**
 * What an observation at the client means, in Jepsen's three ways. Conservative on purpose: a wrong
 * `fail` accuses the target of applying what it refused, a wrong `info` only loses power.
 */

import type { Outcome, OutcomeType } from '../history/event.ts';
import type { RpcResponse } from './json-rpc.ts';
import { resultPayload, resultText } from './payload.ts';

/** How one exchange with the target ended, as the client saw it. */
export type Observation =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly message: RpcResponse;
    }
  /** A complete HTTP response that holds no JSON-RPC answer. */
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The connection failed, or its stream ended before the answer. */
  | {
      readonly kind: 'broken';
      readonly code?: string;
      readonly message: string;
      /** Absent when not even the headers came. */
      readonly status?: number;
      readonly body?: string;
    }
  | { readonly kind: 'timeout'; readonly deadlineMs: number }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'cancelled'; readonly status?: number };

/** Refused before anything was dispatched. */
const REFUSED_STATUS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, 413, 415, 429]);
const REFUSED_CODE: ReadonlySet<number> = new Set([-32_700, -32_600, -32_601, -32_602]);
/** The connection was never made, so the request was never sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * The table of what is definite and what is unknown; the first row that fits decides. A test tries
 * each row with every example of it against a ledger that agrees and one that contradicts it.
 */
export const CERTAINTY: readonly {
  readonly seen: string;
  readonly type: OutcomeType;
  readonly fits: (seen: Observation) => boolean;
}[] = [
  {
    seen: 'a JSON-RPC result without isError',
    type: 'ok',
    fits: (seen) => isResult(seen) && seen.message.result['isError'] !== true,
  },
  {
    seen: 'a tool error whose _meta declares that nothing was dispatched',
    type: 'fail',
    fits: (seen) => isResult(seen) && neverDispatched(seen.message.result['_meta']),
  },
  { seen: 'a tool error', type: 'info', fits: isResult },
  {
    seen: 'an answer or error page under a status that refuses',
    type: 'fail',
    fits: (seen) =>
      (seen.kind === 'answer' || seen.kind === 'http') && REFUSED_STATUS.has(seen.status),
  },
  {
    seen: 'a JSON-RPC error of a code that refuses',
    type: 'fail',
    fits: (seen) => isError(seen) && REFUSED_CODE.has(seen.message.error.code),
  },
  {
    seen: 'a JSON-RPC error whose data declares that nothing was dispatched',
    type: 'fail',
    fits: (seen) => isError(seen) && neverDispatched(seen.message.error.data),
  },
  { seen: 'a JSON-RPC error', type: 'info', fits: isError },
  {
    seen: 'a connection that was never made',
    type: 'fail',
    fits: (seen) => seen.kind === 'broken' && NEVER_SENT.has(seen.code ?? ''),
  },
  {
    seen: 'a connection or stream that broke',
    type: 'info',
    fits: ({ kind }) => kind === 'broken',
  },
  { seen: 'a response without an answer', type: 'info', fits: ({ kind }) => kind === 'http' },
  {
    seen: "silence until the client's deadline",
    type: 'info',
    fits: ({ kind }) => kind === 'timeout',
  },
  { seen: 'a client that hung up', type: 'info', fits: ({ kind }) => kind === 'aborted' },
  { seen: 'a client that cancelled', type: 'info', fits: ({ kind }) => kind === 'cancelled' },
];

/** Every observation fits a row; one that did not would be unknown. */
function typeOf(seen: Observation): OutcomeType {
  return CERTAINTY.find(({ fits }) => fits(seen))?.type ?? 'info';
}

type Answer = Extract<Observation, { kind: 'answer' }>;

function isResult(
  seen: Observation,
): seen is Answer & { message: Extract<RpcResponse, { result: unknown }> } {
  return seen.kind === 'answer' && 'result' in seen.message;
}

function isError(
  seen: Observation,
): seen is Answer & { message: Extract<RpcResponse, { error: unknown }> } {
  return seen.kind === 'answer' && 'error' in seen.message;
}

const EXCERPT_LENGTH = 300;

export function classify(observation: Observation): Outcome {
  const type = typeOf(observation);
  switch (observation.kind) {
    case 'answer':
      return ofAnswer(observation, type);
    case 'http':
      return ofHttp(observation, type);
    case 'broken':
      return ofBroken(observation, type);
    case 'timeout':
      return {
        type,
        kind: 'timeout',
        message: `no answer within ${observation.deadlineMs} ms`,
      };
    case 'aborted':
      return { type, kind: 'aborted' };
    case 'cancelled':
      break;
  }
  const { status } = observation;
  return { type, kind: 'cancelled', ...(status !== undefined && { status }) };
}

function ofAnswer(seen: Answer, type: OutcomeType): Outcome {
  const { status, headers, message } = seen;
  if ('error' in message) {
    const { code, message: text, data } = message.error;
    return {
      type,
      kind: 'rpc-error',
      status,
      headers,
      code,
      message: text,
      ...(data !== undefined && { data }),
    };
  }
  const payload = resultPayload(message.result);
  const shared = { status, headers, ...(payload !== undefined && { payload }) };
  if (message.result['isError'] !== true) return { type, kind: 'result', ...shared };
  return {
    type,
    kind: 'tool-error',
    ...shared,
    message: resultText(message.result),
  };
}

function ofHttp(seen: Extract<Observation, { kind: 'http' }>, type: OutcomeType): Outcome {
  const { status, headers, body } = seen;
  const excerpt = body.slice(0, EXCERPT_LENGTH);
  if (status >= 400) {
    return {
      type,
      kind: 'http-error',
      status,
      headers,
      message: body.slice(0, EXCERPT_LENGTH),
      excerpt,
    };
  }
  return {
    type,
    kind: 'transport-error',
    status,
    headers,
    message: `status ${status} without an answer to this request`,
    excerpt,
  };
}

function ofBroken(seen: Extract<Observation, { kind: 'broken' }>, type: OutcomeType): Outcome {
  return {
    type,
    kind: 'transport-error',
    message: seen.message,
    ...(seen.code !== undefined && { code: seen.code }),
    ...(seen.status !== undefined && { status: seen.status }),
    ...(seen.body !== undefined && { excerpt: seen.body.slice(0, EXCERPT_LENGTH) }),
  };
}

/** A gateway may declare that it sent nothing upstream: `dispatched: false` in an error's data or a result's `_meta`. */
function neverDispatched(declaration: unknown): boolean {
  return (
    typeof declaration === 'object' &&
    declaration !== null &&
    (declaration as Record<string, unknown>)['dispatched'] === false
  );
}
