/** A request of the gateway's own to an upstream, as a promise with a bound. */

import { randomUUID } from 'node:crypto';
import { Failure } from '../jsonrpc/failure.ts';
import type { Message } from '../jsonrpc/message.ts';
import type { InFlight, UpstreamSession } from './session.ts';

/** Another gateway like this one may be the client. */
const PREFIX = `mcp-gauntlet-${randomUUID()}`;
let last = 0;

/** An id or progress token that no client chose, as JSON text. */
export function ownId(): string {
  last += 1;
  return `"${PREFIX}:${last}"`;
}

export function isOwnId(idText: string): boolean {
  return idText.startsWith(`"${PREFIX}:`);
}

export interface AskOptions {
  /** How long to wait, in milliseconds. */
  readonly timeoutMs: number;
  readonly onSent?: (inFlight: InFlight) => void;
  /** Headers of this request alone, flat. */
  readonly headers?: readonly string[] | undefined;
  /** What the upstream sends before the answer. */
  readonly onMessage?: (message: Message) => Promise<void> | undefined;
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
  const sink = {
    passed: (message: Message) => options.onMessage?.(message),
    keepAlive: () => {},
    answered: resolve,
    failed: reject,
  };
  const inFlight = session.send(request, sink, options.headers);
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
