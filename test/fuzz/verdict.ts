/**
 * What every answer to bad input must be: whole, of the status that its kind of input gets, a
 * JSON-RPC error under the request's id where it is a refusal, and silent about the inside of the
 * gateway.
 */

import type { RawResponse } from '../../gateway/testing/raw-exchange.ts';

interface RpcError {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly error: { readonly code: number; readonly message: string };
}

/** What no answer may contain: stacks, paths, system errors, addresses. */
const LEAKS = /\bat .*:\d+:\d+|node:internal|node_modules|\.ts:|\/work\/|ECONN|127\.0\.0\.1:\d/;
/** Of noise nobody can say what it is: it may even be a request. 500 and 502 are never an answer. */
const NOISE: ReadonlySet<number> = new Set(
  // prettier-ignore
  [200, 202, 204, 400, 401, 403, 404, 405, 406, 408, 413, 415, 417, 431, 501, 503, 505],
);

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

function silent({ body, headers }: RawResponse): void {
  const text = [...headers.values(), body].join('\n');
  const [leak] = LEAKS.exec(text) ?? [];
  if (leak !== undefined) throw new Error(`an answer says ${JSON.stringify(leak)}: ${text}`);
}

function only(answers: readonly RawResponse[]): RawResponse {
  const [answer, ...more] = answers;
  if (answer === undefined || more.length > 0) throw new Error(`${answers.length} answers`);
  return answer;
}

function same(what: string, is: unknown, expected: unknown): void {
  if (is !== expected) throw new Error(`${what} ${String(is)}, not ${String(expected)}`);
}

export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly id: unknown;
}

/** Exactly this refusal. @throws Error */
export function mustBeRefused(answers: readonly RawResponse[], expected: Refusal): void {
  const answer = only(answers);
  same('status', answer.status, expected.status);
  const { error, id } = refusalIn(answer);
  same('code', error.code, expected.code);
  same('id', id, expected.id);
}

/** As much as can be asked for in answer to noise. @throws Error */
export function mustBeHarmless(answers: readonly RawResponse[]): void {
  for (const answer of answers) {
    if (!NOISE.has(answer.status)) throw new Error(`status ${answer.status}`);
    if (answer.status >= 400) refusalIn(answer);
    else silent(answer);
  }
}

/** What a batch must get, whatever is in it: one answer, and that is harmless. @throws Error */
export function mustBeAnswered(answers: readonly RawResponse[]): void {
  const { status } = only(answers);
  if (![200, 202, 400, 413].includes(status)) throw new Error(`status ${status}`);
  mustBeHarmless(answers);
}

/** What a body on an open session must get; an opinion formed without the gateway's parser. */
export function mustSuit(answers: readonly RawResponse[], body: string): void {
  const message = parsed(body);
  if (message === 'not JSON') {
    mustBeRefused(answers, { status: 400, code: -32700, id: null });
    return;
  }
  const { id, method } = message;
  const hasId = typeof id === 'string' || typeof id === 'number';
  const isResponse = !('method' in message) && ('result' in message || 'error' in message);
  if (!isWhole(message) || (method === 'initialize' && hasId)) {
    const echoed = hasId && !isResponse ? id : null;
    mustBeRefused(answers, { status: 400, code: -32600, id: echoed });
  } else if (isResponse || !hasId) {
    same('status', only(answers).status, 202);
  } else {
    mustAnswer(only(answers), id);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isWhole(message: Fields): boolean {
  const { id, jsonrpc, method } = message;
  const hasId = typeof id === 'string' || typeof id === 'number';
  if (jsonrpc !== '2.0') return false;
  if ('method' in message) return typeof method === 'string' && (hasId || !('id' in message));
  return 'result' in message !== 'error' in message && (hasId || id === null);
}

function parsed(body: string): Fields | 'not JSON' {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : {};
  } catch {
    return 'not JSON';
  }
}

/** One outcome under that id: the upstream's, or a refusal because the id is in flight already. */
function mustAnswer(answer: RawResponse, id: unknown): void {
  if (answer.status === 400) {
    same('id', refusalIn(answer).id, id);
    return;
  }
  same('status', answer.status, 200);
  silent(answer);
  // Another input may have cancelled it: then its stream ends without a message.
  const isStream = answer.headers.get('content-type') === 'text/event-stream';
  const text = isStream ? (/^data: (.+)$/m.exec(answer.body)?.[1] ?? '') : answer.body;
  if (!isStream || text !== '') same('id', (JSON.parse(text) as RpcError).id, id);
}
