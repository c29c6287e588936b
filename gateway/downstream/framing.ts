/**
 * Requests that two readers could understand differently, which is how one is smuggled past a proxy
 * in front of the gateway. Node's parser refuses most of them (two lengths, a length beside a
 * transfer coding, folded lines, bare line feeds); here is what it lets through.
 */

import type { IncomingMessage } from 'node:http';

export interface Misfit {
  readonly status: 400 | 501 | 505;
  readonly text: string;
}

/** Fields of which Node would keep the first, or join all, where another reader takes the last. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'host',
  'last-event-id',
  'mcp-protocol-version',
  'mcp-session-id',
  'origin',
]);

function repeated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    if (seen.has(name)) return name;
    if (SINGLE.has(name)) seen.add(name);
  }
  return undefined;
}

/** Why this request is not to be trusted to mean what it says; undefined for nearly all. */
export function misframed(request: IncomingMessage): Misfit | undefined {
  const { headers, httpVersionMajor, rawHeaders } = request;
  if (httpVersionMajor !== 1) {
    return { status: 505, text: 'HTTP version not supported: speak HTTP/1.1' };
  }
  if (headers.host === undefined) return { status: 400, text: 'Bad request: Host is missing' };
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return { status: 501, text: 'Not implemented: the only transfer coding is chunked' };
  }
  // As many names as fields: nothing is repeated, and nothing more is to be looked at.
  if (rawHeaders.length === 2 * Object.keys(headers).length) return undefined;
  const name = repeated(rawHeaders);
  return name === undefined
    ? undefined
    : { status: 400, text: `Bad request: ${name} is there more than once` };
}
