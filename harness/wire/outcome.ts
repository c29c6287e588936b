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
const REFUSED_STATUS = new Set([400, 401, 403, 404, 405, 406, 413, 415, 429]);
const REFUSED_CODE = new Set([-32_700, -32_600, -32_601, -32_602]);
/** The connection was never made, so the request was never sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH']);

const EXCERPT_LENGTH = 300;

export function classify(observation: Observation): Outcome {
  switch (observation.kind) {
    case 'answer':
      return ofAnswer(observation);
    case 'http':
      return ofHttp(observation);
    case 'broken':
      return ofBroken(observation);
    case 'timeout':
      return {
        type: 'info',
        kind: 'timeout',
        message: `no answer within ${observation.deadlineMs} ms`,
      };
    case 'aborted':
      return { type: 'info', kind: 'aborted' };
    case 'cancelled':
      break;
  }
  const { status } = observation;
  return { type: 'info', kind: 'cancelled', ...(status !== undefined && { status }) };
}

function ofAnswer(seen: Extract<Observation, { kind: 'answer' }>): Outcome {
  const { status, headers, message } = seen;
  if ('error' in message) {
    const { code, message: text, data } = message.error;
    const refused = REFUSED_STATUS.has(status) || REFUSED_CODE.has(code) || neverDispatched(data);
    return {
      type: refused ? 'fail' : 'info',
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
  if (message.result['isError'] !== true) return { type: 'ok', kind: 'result', ...shared };
  return {
    type: neverDispatched(message.result['_meta']) ? 'fail' : 'info',
    kind: 'tool-error',
    ...shared,
    message: resultText(message.result),
  };
}

function ofHttp(seen: Extract<Observation, { kind: 'http' }>): Outcome {
  const { status, headers, body } = seen;
  const excerpt = body.slice(0, EXCERPT_LENGTH);
  if (status >= 400) {
    const type: OutcomeType = REFUSED_STATUS.has(status) ? 'fail' : 'info';
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
    type: 'info',
    kind: 'transport-error',
    status,
    headers,
    message: `status ${status} without an answer to this request`,
    excerpt,
  };
}

function ofBroken(seen: Extract<Observation, { kind: 'broken' }>): Outcome {
  const neverSent = seen.code !== undefined && NEVER_SENT.has(seen.code);
  return {
    type: neverSent ? 'fail' : 'info',
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
