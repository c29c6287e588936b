/** What an error's text says of itself. */

import type { ErrorLine } from './lines.ts';

/** The target answered with an error that names no reason: empty, or a prefix whose reason is missing. */
export function isEmptyText({ cause, text }: Pick<ErrorLine, 'cause' | 'text'>): boolean {
  if (cause !== 'rpc' && cause !== 'tool') return false;
  const trimmed = text.trim();
  return trimmed === '' || trimmed.endsWith(':');
}
