/**
 * What every answer to bad input must be: whole, of an allowed status, a JSON-RPC error where it is
 * a refusal, and silent about the inside of the gateway.
 */

import type { RawResponse } from '../../gateway/testing/raw-exchange.ts';

export interface RpcError {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly error: { readonly code: number; readonly message: string };
}

/** What no answer may contain: stacks, paths, addresses, names of what is inside. */
const LEAKS = /\bat .*:\d+:\d+|node:internal|node_modules|\.ts\b|\/work\/|ECONN|127\.0\.0\.1:\d/;

/** The JSON-RPC error of a refusal. @throws Error when it is none, or says too much. */
export function refusalIn(response: RawResponse): RpcError {
  const type = response.headers.get('content-type');
  if (type !== 'application/json') throw new Error(`a refusal of type ${type}`);
  const { jsonrpc, id, error, ...more } = JSON.parse(response.body) as RpcError;
  const isError =
    jsonrpc === '2.0' &&
    id !== undefined &&
    Object.keys(more).length === 0 &&
    Number.isInteger(error.code) &&
    error.message !== '';
  if (!isError) throw new Error(`not a JSON-RPC error: ${response.body}`);
  silent(response);
  return { jsonrpc, id, error };
}

/** @throws Error when an answer shows what is inside. */
export function silent({ body, headers }: RawResponse): void {
  const text = [...headers.values(), body].join('\n');
  const [leak] = LEAKS.exec(text) ?? [];
  if (leak !== undefined) throw new Error(`an answer says ${JSON.stringify(leak)}: ${text}`);
}
