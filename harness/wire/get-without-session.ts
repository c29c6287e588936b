/** A GET on the endpoint that names no session, as a browser or a health check would send it. */

import type { Outcome } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import { CALL_DEADLINE_MS } from './connect-options.ts';
import { HttpChannel } from './http-channel.ts';
import { openEventStream } from './http-verb.ts';

export interface BareGet {
  readonly endpoint: URL;
  readonly recorder: Recorder;
  /** How the history names the sender; unique in it. */
  readonly label: string;
  readonly user?: string | undefined;
  /** Credentials and the like. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long it waits for the headers. Default 10,000. */
  readonly deadlineMs?: number;
}

/** Resolves with the headers of an event stream, or the end of any other answer; the connection is closed then. */
export async function getWithoutSession(get: BareGet): Promise<Outcome> {
  const { endpoint, recorder, label, user, headers, deadlineMs = CALL_DEADLINE_MS } = get;
  using channel = new HttpChannel(endpoint);
  const { outcome, exchange } = openEventStream(channel, {
    recorder,
    session: label,
    user,
    method: 'GET',
    headers: { ...headers, accept: 'text/event-stream' },
    deadlineMs,
    hostile: false,
    onServerRequest: () => undefined,
  });
  const answered = await outcome;
  exchange.destroy();
  return answered;
}
