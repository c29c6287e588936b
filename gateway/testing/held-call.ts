/** What an upstream says while it holds a call. */

import type { ToolCall } from './fake-upstream.ts';

type Json = Record<string, unknown>;

/** Says something on the stream of a call. */
export function tell({ response }: ToolCall, message: Json): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
}

export function finish(call: ToolCall, text = 'done'): void {
  tell(call, { id: call.received.id, result: { content: [{ type: 'text', text }] } });
  call.response.end();
}

export const tokenSeen = ({ received }: ToolCall): unknown =>
  ((received.body['params'] as Json)['_meta'] as Json)['progressToken'];
export const progressOf = (call: ToolCall, progress: number): Json => ({
  method: 'notifications/progress',
  params: { progressToken: tokenSeen(call), progress },
});
