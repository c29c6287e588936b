/**
 * Finds where a value stands in JSON text that `JSON.parse` has accepted, so that one name or id can
 * be exchanged and every other byte survives as it was sent (integers past 2^53, key order, spacing).
 * Like `JSON.parse` it takes the last of duplicate keys: routing and rewriting never disagree.
 */

/** Byte positions of a value: `start` is its first byte, `end` is one past its last. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at += 1;
  return at;
}

function skipString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function skipNested(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return at;
}

function skipLiteral(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    if (byte <= 0x20 || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
    at += 1;
  }
  return at;
}

function skipValue(bytes: Buffer, from: number): number {
  const byte = bytes[from];
  if (byte === QUOTE) return skipString(bytes, from);
  if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return skipNested(bytes, from);
  return skipLiteral(bytes, from);
}

function isKey(bytes: Buffer, start: number, end: number, key: string): boolean {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text === key || (text.includes('\\') && JSON.parse(`"${text}"`) === key);
}

function member(bytes: Buffer, object: Range, key: string): Range | undefined {
  if (bytes[object.start] !== OPEN_OBJECT) return undefined;
  let found: Range | undefined;
  let at = skipSpace(bytes, object.start + 1);
  while (at < object.end && bytes[at] === QUOTE) {
    const keyEnd = skipString(bytes, at);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = skipValue(bytes, start);
    if (isKey(bytes, at, keyEnd, key)) found = { start, end };
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return found;
}

/** Whether objects and arrays stand in each other deeper than that; for text of any kind. */
export function isDeeperThan(bytes: Buffer, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at) - 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
    }
  }
  return false;
}

/** The value at a path of object keys within `within` (default: the whole text). */
export function locate(bytes: Buffer, path: readonly string[], within?: Range): Range | undefined {
  let range = within ?? { start: skipSpace(bytes, 0), end: bytes.length };
  for (const key of path) {
    const next = member(bytes, range, key);
    if (next === undefined) return undefined;
    range = next;
  }
  return range;
}

/** The elements of the array at `range`; none when it is no array. */
export function elements(bytes: Buffer, range: Range): readonly Range[] {
  const found: Range[] = [];
  if (bytes[range.start] !== OPEN_ARRAY) return found;
  let at = skipSpace(bytes, range.start + 1);
  while (at < range.end && bytes[at] !== CLOSE_ARRAY) {
    const end = skipValue(bytes, at);
    found.push({ start: at, end });
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return found;
}

/** A copy of `bytes` in which the text at `range` is `replacement`. */
export function splice(bytes: Buffer, range: Range, replacement: string): Buffer {
  return Buffer.concat([
    bytes.subarray(0, range.start),
    Buffer.from(replacement),
    bytes.subarray(range.end),
  ]);
}
