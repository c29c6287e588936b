/**
 * Tells a client what a result alone would hide, as a log message ahead of the answer on the call's
 * own stream: every client knows those, hardly any reads `_meta`. One that set a higher level asked
 * not to be told.
 */

import { notificationOf } from '../jsonrpc/message.ts';
import type { Call } from './call.ts';

/** What our log messages are told as, and how we introduce ourselves. */
export const SERVER_NAME = 'mcp-gauntlet-gateway';

export function notice(call: Call, upstream: string, text: string): void {
  if (call.isSettled || call.session.state?.wants('warning') === false) return;
  const params = { level: 'warning', logger: SERVER_NAME, data: { upstream, message: text } };
  void call.answer.message(notificationOf('notifications/message', JSON.stringify(params)).bytes);
}
