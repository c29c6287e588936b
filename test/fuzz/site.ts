/** Where the inputs of a fuzz run arrive, and how a request there looks when it is right. */

export interface Site {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  /** An open session that only inputs use. */
  readonly session: string;
  /** Another one, of the revision that has batches. */
  readonly batchSession: string;
}

export interface Request {
  readonly line?: string;
  /** Lines added after the fields that a good request has. */
  readonly add?: readonly string[];
  /** Fields of a good request that this one lacks, in lower case. */
  readonly without?: readonly string[];
  readonly body?: string | Buffer;
  /** The body comes without a Content-Length of its own. */
  readonly isFramedByHand?: boolean;
}

export const PING = '{"jsonrpc":"2.0","id":7,"method":"ping"}';

/** The bytes of a request; the connection is to be closed after the answer. */
export function requestTo(site: Site, given: Request = {}): Buffer {
  const { add = [], body = PING, line = `POST ${site.path} HTTP/1.1`, without = [] } = given;
  const bytes = Buffer.from(body);
  const fields = [
    'Host: 127.0.0.1',
    `Authorization: Bearer ${site.token}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `Mcp-Session-Id: ${site.session}`,
    'Connection: close',
    ...(given.isFramedByHand === true ? [] : [`Content-Length: ${bytes.length}`]),
  ].filter((text) => !without.includes(text.slice(0, text.indexOf(':')).toLowerCase()));
  return Buffer.concat([
    Buffer.from([line, ...fields, ...add, '', ''].join('\r\n'), 'latin1'),
    bytes,
  ]);
}
