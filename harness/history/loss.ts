/**
 * Whether an answer tells a client that its state upstream is gone: 404 on the session (MCP
 * 2025-11-25, session management), or an error that says so in words.
 */

import type { Outcome } from './event.ts';

const SUBJECT = 'sessions?|state';
const FATE =
  'lost|lose|loses|gone|terminated|expired|reset|not found|unknown|invalid|no valid|no such|no longer|does not exist|evicted|removed|closed|ended';
/** A connection that was reset is no session that was: the words must belong together. */
const BETWEEN = '(?:(?!\\b(?:connection|socket|stream|transport)s?\\b)[^.;:]){0,60}?';
const LOSS = new RegExp(
  `\\b(?:${SUBJECT})\\b${BETWEEN}\\b(?:${FATE})\\b|\\b(?:${FATE})\\b${BETWEEN}\\b(?:${SUBJECT})\\b`,
  'i',
);
/** "the connection to the upstream session": the session only says which connection. */
const CONNECTION_OF_SESSION =
  /\b(connection|socket|stream|transport)s? (?:to|of|for|with|in) (?:\w+ ){0,3}?(?:session|state)\b/gi;

export function tellsLoss(outcome: Outcome): boolean {
  if (outcome.type === 'ok') return false;
  if (outcome.status === 404) return true;
  // Without an answer, the words are our own client's.
  if (outcome.kind === 'transport-error' || outcome.message === undefined) return false;
  return LOSS.test(outcome.message.replace(CONNECTION_OF_SESSION, '$1'));
}
