/** One operation of a schedule as its client sends it. What its kind asks for stands in OPERATION_TOOLS; how that is said, here. */

import { OPERATION_TOOLS } from '../schedule/operation-tools.ts';
import type { ScheduledOperation } from '../schedule/schedule.ts';
import type { BreakHow, Call, CallOptions, ClientSession } from '../wire/session.ts';

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
  const { tool, apply, beyondMs = 0 } = OPERATION_TOOLS[kind === 'delete' ? 'get' : kind];
  switch (tool) {
    case 'slow_increment':
      return session.call(tool, { delayMs: executionMs + beyondMs, apply }, options);
    case 'progress': {
      const intervalMs = Math.max(1, Math.round(executionMs / PROGRESS_STEPS));
      return session.call(tool, { steps: PROGRESS_STEPS, intervalMs }, options);
    }
    case 'break': {
      // One way in so many is to be left hanging; which it is comes from the operation's own numbers.
      const way = gapMs % (WAYS.length + 1);
      const how = WAYS[way];
      if (how === undefined) return session.call('hang', { apply }, options);
      return session.call(tool, { how, apply }, options);
    }
    case 'get':
    case 'increment':
      break;
  }
  return session.call(tool, {}, options);
}
