/** What targets say, for tests. */

import type { Outcome } from '../history/event.ts';

export function timedOut(deadlineMs = 10_000): Outcome {
  return { type: 'info', kind: 'timeout', message: `no answer within ${deadlineMs} ms` };
}

/** The gateway's honest error for a call whose fate it does not know. */
export function broken(
  message = 'Upstream "counter": the connection was closed; it may have been carried out',
): Outcome {
  return { type: 'info', kind: 'rpc-error', status: 200, code: -32_603, message };
}

/** 404 on the session. */
export function lost(): Outcome {
  return {
    type: 'fail',
    kind: 'rpc-error',
    status: 404,
    code: -32_001,
    message: 'Session not found',
  };
}

/** The loss told in words, in a session that goes on. */
export function toldLost(upstream = 'counter'): Outcome {
  return broken(
    `Upstream "${upstream}": the session with it was lost; the request was not carried out`,
  );
}
