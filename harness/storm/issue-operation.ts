/** One operation of a schedule as its client sends it. What its kind means on the wire stands here and nowhere else. */

import type { ScheduledOperation } from '../schedule/schedule.ts';
import type { BreakHow, Call, CallOptions, ClientSession } from '../wire/session.ts';

/**
 * A cancelled call would execute this much longer than its schedule says, in milliseconds: only a
 * cancel that was due before the call ended by itself proves anything.
 */
const BEYOND_CANCEL_MS = 1_500;
const PROGRESS_STEPS = 5;

/** What a "broken" operation meets: the first ones where gaps are short, so the plainest stand first. */
const WAYS = [
  'reset-before',
  'close-during',
  'status-500',
  'truncate',
  'close-before',
  'reset-during',
  'sse-cut',
  'close-after',
  'reset-headers',
  'sse-reset',
  'reset-after',
  'empty',
  'not-http',
] as const satisfies readonly BreakHow[];

export interface SentOptions extends CallOptions {
  readonly upstream: string;
  readonly deadlineMs: number;
}

/** In flight when this returns. `delete` is no call: see `StormClient`. */
export function issueOperation(
  session: ClientSession,
  operation: ScheduledOperation,
  options: SentOptions,
): Call {
  const { kind, executionMs, gapMs } = operation;
  switch (kind) {
    case 'increment':
      return session.call('increment', {}, options);
    case 'slow-early':
      return session.call('slow_increment', { delayMs: executionMs, apply: 'before' }, options);
    case 'slow-late':
    case 'aborted':
      return session.call('slow_increment', { delayMs: executionMs, apply: 'after' }, options);
    case 'cancelled': {
      const delayMs = executionMs + BEYOND_CANCEL_MS;
      return session.call('slow_increment', { delayMs, apply: 'after' }, options);
    }
    case 'progress': {
      const intervalMs = Math.max(1, Math.round(executionMs / PROGRESS_STEPS));
      return session.call('progress', { steps: PROGRESS_STEPS, intervalMs }, options);
    }
    case 'broken': {
      // One way in so many is to be left hanging; which it is comes from the operation's own numbers.
      const way = gapMs % (WAYS.length + 1);
      const how = WAYS[way];
      if (how === undefined) return session.call('hang', { apply: 'before' }, options);
      return session.call('break', { how, apply: 'before' }, options);
    }
    case 'get':
    case 'delete':
      break;
  }
  return session.call('get', {}, options);
}
