/**
 * Whether an answer tells a client that its state upstream is gone: 404 on the session (MCP
 * 2025-11-25, session management), or an error that says so in words.
 */

import type { Outcome } from './event.ts';

const SUBJECT = /\b(session|state)\b/i;
const FATE =
  /\b(lost|gone|terminated|expired|reset|not found|unknown|no longer|does not exist|evicted|removed|closed|ended)\b/i;

export function tellsLoss(outcome: Outcome): boolean {
  if (outcome.status === 404) return true;
  if (outcome.type === 'ok' || outcome.message === undefined) return false;
  return SUBJECT.test(outcome.message) && FATE.test(outcome.message);
}
