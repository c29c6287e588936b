/**
 * One JSON-RPC message: its bytes as they came, and the little of it that routing needs. The bytes
 * are parsed once and forwarded unchanged.
 */

import { isUtf8 } from 'node:buffer';
import { isDeeperThan, locate, splice } from './scan.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Message {
  readonly bytes: Buffer;
  readonly kind: 'request' | 'notification' | 'response';
  /** The id as JSON text, so that 1 and "1" differ and no digit of a large integer is lost; "" without one. */
  readonly idText: string;
  /** "" for a response. */
  readonly method: string;
  readonly body: JsonObject;
}

/** Not a JSON-RPC message; `code` is the JSON-RPC error to answer with, under `idText`. */
export class Malformed extends Error {
  readonly code: -32700 | -32600;
  /** "null" where no id of a request could be read. */
  readonly idText: string;

  constructor(code: -32700 | -32600, message: string, idText = 'null') {
    super(message);
    this.code = code;
    this.idText = idText;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The id or progress token at `path` as JSON text; undefined where there is no string or number.
 * Values that are equal have one text: "\u0061" is "a", 1.0 is 1. Where a double could not hold the
 * number, its own digits stay.
 */
export function idTextAt(
  bytes: Buffer,
  value: unknown,
  path: readonly string[],
): string | undefined {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'number') return undefined;
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  const range = locate(bytes, path);
  return range && bytes.toString('latin1', range.start, range.end);
}

const NOT_JSON_RPC = 'Invalid Request: not a JSON-RPC 2.0 message';

/** @throws Malformed for what is no JSON, and for objects and arrays deeper in each other than that. */
export function parseJson(bytes: Buffer, maxDepth: number): unknown {
  if (bytes.length > maxDepth && isDeeperThan(bytes, maxDepth)) {
    throw new Malformed(-32600, `Invalid Request: nested more than ${maxDepth} deep`);
  }
  if (!isUtf8(bytes)) throw new Malformed(-32700, 'Parse error: the body is not UTF-8');
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new Malformed(-32700, 'Parse error: the body is not JSON');
  }
}

/**
 * Reads one message. `maxDepth` bounds how deep objects and arrays may stand in each other.
 * @throws Malformed for anything that is not exactly one JSON-RPC 2.0 message.
 */
export function parseMessage(bytes: Buffer, maxDepth = Infinity): Message {
  const body = parseJson(bytes, maxDepth);
  if (Array.isArray(body)) {
    throw new Malformed(-32600, 'Invalid Request: batches are not accepted, send one message');
  }
  if (!isObject(body)) throw new Malformed(-32600, NOT_JSON_RPC);
  const idText = idTextAt(bytes, body['id'], ['id']);
  if (body['jsonrpc'] !== '2.0') throw malformed(NOT_JSON_RPC, body, idText);
  return typeof body['method'] === 'string'
    ? callOf(bytes, body, idText)
    : responseOf(bytes, body, idText);
}

function callOf(bytes: Buffer, body: JsonObject, idText: string | undefined): Message {
  const method = body['method'] as string;
  if (idText !== undefined) return { bytes, kind: 'request', idText, method, body };
  if (body['id'] === undefined) return { bytes, kind: 'notification', idText: '', method, body };
  throw malformed('Invalid Request: the id is neither a string nor a number', body, idText);
}

function responseOf(bytes: Buffer, body: JsonObject, idText: string | undefined): Message {
  const hasId = idText !== undefined || body['id'] === null;
  if (body['method'] !== undefined || 'result' in body === 'error' in body || !hasId) {
    throw malformed('Invalid Request: neither a request nor a response', body, idText);
  }
  return { bytes, kind: 'response', idText: idText ?? 'null', method: '', body };
}

/** An error bears the id of what may have been meant as a request, never that of a response. */
function malformed(text: string, body: JsonObject, idText: string | undefined): Malformed {
  const isResponse = !('method' in body) && ('result' in body || 'error' in body);
  return new Malformed(-32600, text, isResponse ? undefined : idText);
}

/** A request of the gateway's own. */
export function requestOf(idText: string, method: string, params?: JsonObject): Message {
  const tail = params === undefined ? '' : `,"params":${JSON.stringify(params)}`;
  return parseMessage(
    Buffer.from(`{"jsonrpc":"2.0","id":${idText},"method":${JSON.stringify(method)}${tail}}`),
  );
}

/** A notification of the gateway's own. */
export function notificationOf(method: string, params?: string): Message {
  const tail = params === undefined ? '' : `,"params":${params}`;
  return parseMessage(Buffer.from(`{"jsonrpc":"2.0","method":${JSON.stringify(method)}${tail}}`));
}

/** A response with `result` given as JSON text. */
export function resultBytes(idText: string, result: string): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${idText},"result":${result}}`);
}

/** An error response. */
export function errorBytes(
  idText: string,
  code: number,
  message: string,
  data?: JsonObject,
): Buffer {
  const error = JSON.stringify({ code, message, ...(data && { data }) });
  return Buffer.from(`{"jsonrpc":"2.0","id":${idText},"error":${error}}`);
}

/** `params` of a message, or an empty object. */
export function paramsOf(message: Message): JsonObject {
  const params = message.body['params'];
  return isObject(params) ? params : {};
}

/** Where the token stands under which progress of a request is told. */
export const TOKEN_PATH = ['params', '_meta', 'progressToken'] as const;

/** The token in a request under which it wants to hear of progress, as JSON text. */
export function progressTokenOf(message: Message): string | undefined {
  const meta = paramsOf(message)['_meta'];
  return isObject(meta) ? idTextAt(message.bytes, meta['progressToken'], TOKEN_PATH) : undefined;
}

/** The same message with the JSON value at `path` exchanged for the JSON text `value`. */
export function withValue(message: Message, path: readonly string[], value: string): Message {
  const range = locate(message.bytes, path);
  if (range === undefined) return message;
  const bytes = splice(message.bytes, range, value);
  const idText = path.length === 1 && path[0] === 'id' ? value : message.idText;
  return { ...message, bytes, idText };
}
