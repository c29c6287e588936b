/** A request of the gateway's own to an upstream, as a promise with a bound. */

import { Failure } from '../jsonrpc/failure.ts';
import type { Message } from '../jsonrpc/message.ts';
import type { InFlight, UpstreamSession } from './session.ts';

let last = 0;

/** An id that no client chose, unique in this process, as JSON text. */
export function ownId(): string {
  last += 1;
  return `"mcp-gauntlet:${last}"`;
}

export interface AskOptions {
  /** How long to wait, in milliseconds. */
  readonly timeoutMs: number;
  readonly onSent?: (inFlight: InFlight) => void;
  /** What the upstream sends before the answer. */
  readonly onMessage?: (message: Message) => void;
}

/**
 * The answer to `request`: a result or a JSON-RPC error.
 * @throws Failure, of kind "timeout" when there was no answer in time.
 */
export async function ask(
  session: UpstreamSession,
  request: Message,
  options: AskOptions,
): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const inFlight = session.send(request, {
    passed: (message) => options.onMessage?.(message),
    keepAlive: () => {},
    answered: resolve,
    failed: reject,
  });
  options.onSent?.(inFlight);
  const timer = setTimeout(() => {
    reject(new Failure('timeout', session.upstream.name, `no answer to ${request.method} in time`));
    inFlight.abandon();
  }, options.timeoutMs);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
