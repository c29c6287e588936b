/** The body of a request, whole, up to a bound. */

import type { IncomingMessage } from 'node:http';

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
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) {
      chunks.push(chunk);
      return;
    }
    chunks.length = 0;
    request.removeAllListeners('data').removeAllListeners('end').resume();
    done('too-large');
  });
  request.on('end', () =>
    done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
  );
  // A client that leaves half-way has asked for nothing yet.
  request.on('error', () => {});
}
