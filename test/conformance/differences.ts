/**
 * Checks of the official suite that pass on the direct connection and not through the gateway, each
 * with what it becomes and why that is right. The test fails for one that is missing and for one
 * that is not true any more.
 */

export interface Difference {
  /** The server, or the client's scenario. */
  readonly peer: string;
  readonly check: string;
  readonly becomes: string;
  readonly because: string;
}

const PRIMING = 'Streams of calls are not resumable, so they carry no event ids and no retry.';
const RESUMING = 'A call whose stream is closed gets an error, it is not asked for again.';

export const DIFFERENCES: readonly Difference[] = [
  {
    peer: 'reference',
    check: 'server-sse-polling server-sse-priming-event',
    becomes: 'WARNING',
    because: PRIMING,
  },
  {
    peer: 'reference',
    check: 'server-sse-polling server-sse-retry-field',
    becomes: 'WARNING',
    because: PRIMING,
  },
  {
    peer: 'reference',
    check: 'server-sse-polling server-sse-disconnect-resume',
    becomes: 'MISSING',
    because: RESUMING,
  },
  {
    peer: 'everything',
    check: 'server-sse-polling server-sse-priming-event',
    becomes: 'WARNING',
    because: PRIMING,
  },
  {
    peer: 'sse-retry',
    check: 'sse-retry client-sse-last-event-id',
    becomes: 'WARNING',
    because: RESUMING,
  },
  {
    peer: 'sse-retry',
    check: 'sse-retry client-sse-retry-timing',
    becomes: 'FAILURE',
    because: RESUMING,
  },
];
