/**
 * JSON-RPC batches, which only the revision 2025-03-26 of MCP has: an array of requests and
 * notifications, or one of responses. A batch is taken as a whole or not at all.
 */

import { Malformed, parseJson, parseMessage, type Message } from './message.ts';
import { elements, locate } from './scan.ts';

/** The one revision of which batches are a part. */
export const BATCH_REVISION = '2025-03-26';
const MAX_MESSAGES = 100;
const OPEN_ARRAY = 0x5b;

/** Whether the text is an array, if it is JSON. */
export function isBatch(bytes: Buffer): boolean {
  let at = 0;
  while ((bytes[at] ?? Infinity) <= 0x20) at += 1;
  return bytes[at] === OPEN_ARRAY;
}

/**
 * Reads a batch. `maxDepth` bounds how deep objects and arrays may stand in each other.
 * @throws Malformed for anything but 1 to 100 messages that may stand in one batch.
 */
export function parseBatch(bytes: Buffer, maxDepth: number): readonly Message[] {
  parseJson(bytes, maxDepth);
  const range = locate(bytes, []);
  const items = range === undefined ? [] : elements(bytes, range);
  if (items.length === 0) throw invalid('a batch of nothing');
  if (items.length > MAX_MESSAGES) throw invalid(`more than ${MAX_MESSAGES} messages in a batch`);
  const messages = items.map(({ start, end }) => parseMessage(bytes.subarray(start, end)));
  const requests = messages.filter(({ kind }) => kind === 'request');
  if (requests.some(({ method }) => method === 'initialize')) {
    throw invalid('initialize cannot be part of a batch');
  }
  if (new Set(requests.map(({ idText }) => idText)).size < requests.length) {
    throw invalid('two requests of a batch have the same id');
  }
  if (new Set(messages.map(({ kind }) => kind === 'response')).size > 1) {
    throw invalid('a batch has either responses or requests and notifications');
  }
  return messages;
}

function invalid(text: string): Malformed {
  return new Malformed(-32600, `Invalid Request: ${text}`);
}
