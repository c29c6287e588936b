/** Whether a request says that it is, and that it takes, what this endpoint speaks. */

import type { IncomingMessage } from 'node:http';
import type { Visit } from './visit.ts';

export interface Unacceptable {
  readonly status: 406 | 415;
  readonly text: string;
}

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

export function acceptsEvents(request: IncomingMessage): boolean {
  return accepts(request.headers.accept, 'text/event-stream');
}

/** Why a POST cannot be read or, with Streamable HTTP, answered; undefined when it can. */
export function unacceptable({ kind, request }: Visit): Unacceptable | undefined {
  const { accept, 'content-encoding': coding, 'content-type': type } = request.headers;
  if (kind === 'mcp' && !(accepts(accept, 'application/json') && acceptsEvents(request))) {
    const text = 'Not acceptable: accept application/json and text/event-stream';
    return { status: 406, text };
  }
  if (type !== 'application/json' && !JSON_TYPE.test(type ?? '')) {
    return { status: 415, text: 'Unsupported media type: send application/json' };
  }
  if (coding !== undefined) {
    return { status: 415, text: 'Unsupported media type: send it without content-encoding' };
  }
  return undefined;
}

function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined) return false;
  if (header.includes(type) || header.includes('*/*')) return true;
  return header.includes(`${type.slice(0, type.indexOf('/'))}/*`);
}
