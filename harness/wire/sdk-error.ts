/** What an error of the SDK's client says about the wire. */

import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import type { RequestId } from '../history/event.ts';
import type { Observation } from './outcome.ts';

const REQUEST_TIMEOUT: number = ErrorCode.RequestTimeout;
const CONNECTION_CLOSED: number = ErrorCode.ConnectionClosed;

export function observationOf(error: unknown, id: RequestId, deadlineMs: number): Observation {
  if (error instanceof McpError) {
    const { code, data } = error;
    const isOwnTimeout =
      code === REQUEST_TIMEOUT &&
      (data as { timeout?: unknown } | undefined)?.timeout === deadlineMs;
    if (isOwnTimeout) return { kind: 'timeout', deadlineMs };
    if (code === CONNECTION_CLOSED && error.message.endsWith('Connection closed')) {
      return { kind: 'broken', message: error.message };
    }
    // The SDK puts a prefix of its own before what came.
    const message = error.message.replace(`MCP error ${code}: `, '');
    return {
      kind: 'answer',
      status: 200,
      headers: {},
      message: { id, error: { code, message, data } },
    };
  }
  if (error instanceof StreamableHTTPError && error.code !== undefined && error.code > 0) {
    return { kind: 'http', status: error.code, headers: {}, body: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = systemCode(error);
  return { kind: 'broken', message, ...(code !== undefined && { code }) };
}

/** fetch hides the system's error in `cause`. */
function systemCode(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return undefined;
}
