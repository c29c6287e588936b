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

export const DIFFERENCES: readonly Difference[] = [
  {
    peer: 'reference',
    check: 'server-sse-polling server-sse-disconnect-resume',
    becomes: 'MISSING',
    because:
      'The suite looks at how a client gets an answer after its stream was closed, and here nothing ' +
      'closes: the gateway asks the server for the rest itself, and answers on the stream that the ' +
      'client has. The suite notes that as information. The client loses nothing, and a stream that ' +
      'does break can be gone on with all the same.',
  },
];
