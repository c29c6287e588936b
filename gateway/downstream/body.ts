/** The body of a request, whole, up to a bound. */

import type { IncomingMessage } from 'node:http';
import { ByteCollector } from '../jsonrpc/byte-collector.ts';

/** A client that leaves half-way has asked for nothing yet. */
const ignore = (): void => {};

export type Body = Buffer | 'too-large';

/**
 * Calls `done` once; never when the client leaves before the end. What is too large is swallowed
 * until the request's time is over: a client that is cut off while it sends does not read why.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Body) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    done('too-large');
    return;
  }
  const body = new ByteCollector();
  request.on('data', (chunk: Buffer) => {
    if (body.size + chunk.length <= maxBytes) {
      body.add(chunk);
      return;
    }
    body.take();
    request.removeAllListeners('data').removeAllListeners('end').resume();
    done('too-large');
  });
  request.on('end', () => done(body.take()));
  request.on('error', ignore);
}
