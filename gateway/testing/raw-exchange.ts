/**
 * Bytes to a server and what comes back, read as strictly as HTTP/1.1 allows: what no client would
 * accept is an error here. For requests that an honest client cannot send.
 */

import { connect } from 'node:net';

export interface RawResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Exchange {
  readonly port: number;
  readonly bytes: Buffer;
  /** The client says that nothing more will come. */
  readonly isEnded?: boolean;
  /** The answers have no bodies, whatever they announce. */
  readonly isHead?: boolean;
}

const DEADLINE_MS = 10_000;
const HEAD_END = '\r\n\r\n';

/**
 * Everything that the server answered until it closed the connection.
 * @throws Error for an answer that is not HTTP, and when the server does not close in time.
 */
export async function rawExchange(given: Exchange): Promise<readonly RawResponse[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(given.port, '127.0.0.1');
  let text = '';
  const late = setTimeout(() => {
    socket.destroy();
    reject(new Error(`the connection was still open after ${DEADLINE_MS} ms, with: ${text}`));
  }, DEADLINE_MS);
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => (text += chunk));
  // A reset while we still send ends the exchange; what was answered until then counts.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(late);
    resolve(text);
  });
  if (given.isEnded === true) socket.end(given.bytes);
  else socket.write(given.bytes);
  return responsesIn(await promise, given.isHead === true);
}

function responsesIn(text: string, isHead: boolean): readonly RawResponse[] {
  const found: RawResponse[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf(HEAD_END, at);
    if (end === -1) throw new Error(`a head without end: ${JSON.stringify(text.slice(at))}`);
    const [line = '', ...lines] = text.slice(at, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*$/.exec(line)?.[1]);
    if (Number.isNaN(status)) throw new Error(`not a status line: ${JSON.stringify(line)}`);
    const headers = new Map(lines.map(field));
    const body = { start: end + HEAD_END.length, end: end + HEAD_END.length, text: '' };
    if (!isHead && status >= 200 && status !== 204) readBody(text, headers, body);
    // 100 Continue is a promise, not an answer.
    if (status >= 200) {
      found.push({ status, headers, body: Buffer.from(body.text, 'latin1').toString() });
    }
    at = body.end;
  }
  return found;
}

function field(line: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9a-z-]+): ?([\x20-\x7e\t]*)$/i.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`not a header: ${JSON.stringify(line)}`);
  }
  return [name.toLowerCase(), value];
}

function readBody(
  text: string,
  headers: ReadonlyMap<string, string>,
  body: { start: number; end: number; text: string },
): void {
  const length = headers.get('content-length');
  if (headers.get('transfer-encoding') === 'chunked') {
    if (length !== undefined) throw new Error('an answer with two lengths');
    readChunks(text, body);
  } else {
    if (length === undefined) throw new Error('an answer without a length');
    body.end = body.start + Number(length);
    if (!/^\d+$/.test(length) || body.end > text.length) throw new Error('an answer cut short');
    body.text = text.slice(body.start, body.end);
  }
}

function readChunks(text: string, body: { end: number; text: string }): void {
  for (let size = -1; size !== 0;) {
    const lineEnd = text.indexOf('\r\n', body.end);
    const digits = text.slice(body.end, lineEnd);
    if (lineEnd === -1 || !/^[0-9a-f]+$/i.test(digits)) throw new Error('a chunk without a size');
    size = Number.parseInt(digits, 16);
    const start = lineEnd + 2;
    if (text.slice(start + size, start + size + 2) !== '\r\n') throw new Error('a chunk cut short');
    body.text += text.slice(start, start + size);
    body.end = start + size + 2;
  }
}
