/** The JSON-RPC envelope, as far as a client has to look into it. */

import type { RequestId } from '../history/event.ts';

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type RpcResponse =
  | { readonly id: RequestId | null; readonly result: Readonly<Record<string, unknown>> }
  | { readonly id: RequestId | null; readonly error: RpcError };

/** A notification, or with an id a request of the server. */
export interface RpcCall {
  readonly method: string;
  readonly id?: RequestId;
  readonly params?: unknown;
}

export type RpcMessage = RpcResponse | RpcCall;

/** The messages in a body, in order; a batch is taken apart. Undefined when it is not JSON-RPC. */
export function parseMessages(text: string): readonly RpcMessage[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const messages = (Array.isArray(value) ? value : [value]).map((part: unknown) => toMessage(part));
  return messages.length > 0 && messages.every((message) => message !== undefined)
    ? messages
    : undefined;
}

export function isResponse(message: RpcMessage): message is RpcResponse {
  return !('method' in message);
}

function toMessage(value: unknown): RpcMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const id = toId(fields['id']);
  if (typeof fields['method'] === 'string') {
    return {
      method: fields['method'],
      ...(id !== null && { id }),
      ...('params' in fields && { params: fields['params'] }),
    };
  }
  const { result, error } = fields;
  if (typeof result === 'object' && result !== null) {
    return { id, result: result as Record<string, unknown> };
  }
  if (typeof error === 'object' && error !== null) return { id, error: toError(error) };
  return undefined;
}

function toError(value: object): RpcError {
  const { code, message, data } = value as Record<string, unknown>;
  return {
    code: typeof code === 'number' ? code : Number.NaN,
    message: typeof message === 'string' ? message : '',
    ...(data !== undefined && { data }),
  };
}

function toId(value: unknown): RequestId | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
