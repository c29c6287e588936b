/**
 * What a client set in its session and an upstream keeps for it: the log level and the resources it
 * subscribed to. A session that takes a lost one's place gets both before any call goes out on it.
 */

import { Failure } from '../jsonrpc/failure.ts';
import {
  isObject,
  notificationOf,
  paramsOf,
  requestOf,
  type JsonObject,
  type Message,
} from '../jsonrpc/message.ts';
import { ask, ownId } from '../upstream/ask.ts';
import type { UpstreamSession } from '../upstream/session.ts';

/** As MCP orders them, from RFC 5424. */
const LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;

/** More than that are not restored, which is told like one that is refused. */
const MAX_SUBSCRIPTIONS = 1_000;
const MAX_URI_CHARS = 4_096;
/** Requests on the way at a time while subscriptions are restored. */
const AT_ONCE = 32;

export function isLogLevel(level: unknown): level is string {
  return LEVELS.some((known) => known === level);
}

/** Whether the upstream said at the handshake that it has this. */
export function offers(session: UpstreamSession, capability: string): boolean {
  const result = session.handshake.body['result'];
  const capabilities = isObject(result) ? result['capabilities'] : undefined;
  return isObject(capabilities) && capability in capabilities;
}

/** Asks for one of these; the code with which the upstream refused, if it did. */
async function asked(
  session: UpstreamSession,
  method: string,
  params: JsonObject,
  timeoutMs: number,
): Promise<number | undefined> {
  const answer = await ask(session, requestOf(ownId(), method, params), { timeoutMs });
  const error = answer.body['error'];
  return isObject(error) ? Number(error['code']) : undefined;
}

export class SessionState {
  logLevel: string | undefined;
  /** The upstream of each URI. */
  readonly subscriptions = new Map<string, string>();
  #unkept = 0;

  /** An upstream has accepted this request of the client. */
  accepted(request: Message, upstream: string): void {
    const { uri, level } = paramsOf(request);
    if (request.method === 'logging/setLevel' && isLogLevel(level)) this.logLevel = level;
    if (typeof uri !== 'string') return;
    if (request.method === 'resources/unsubscribe') this.subscriptions.delete(uri);
    else if (uri.length <= MAX_URI_CHARS && this.subscriptions.size < MAX_SUBSCRIPTIONS) {
      this.subscriptions.set(uri, upstream);
    } else {
      this.#unkept += 1;
    }
  }

  /** Whether a message of this level is wanted. */
  wants(level: (typeof LEVELS)[number]): boolean {
    const least = LEVELS.findIndex((known) => known === this.logLevel);
    return LEVELS.indexOf(level) >= least;
  }

  /** Sets the log level where there is one, as far as the upstream has such a thing. */
  async applyLevel(session: UpstreamSession, timeoutMs: number): Promise<number | undefined> {
    if (this.logLevel === undefined || !offers(session, 'logging')) return undefined;
    return asked(session, 'logging/setLevel', { level: this.logLevel }, timeoutMs);
  }

  /**
   * Subscribes a fresh session to all that the lost one had. Resolves with what the client has to
   * hear: each of these may have changed meanwhile.
   * @throws Failure of kind "lost", once, when some were refused; they are given up.
   */
  async subscribe(session: UpstreamSession, timeoutMs: number): Promise<readonly Message[]> {
    const { name } = session.upstream;
    const mine = [...this.subscriptions].filter(([, upstream]) => upstream === name);
    const uris = mine.map(([uri]) => uri);
    const one = async (uri: string): Promise<void> => {
      const refusal = await asked(session, 'resources/subscribe', { uri }, timeoutMs);
      if (refusal !== undefined && this.subscriptions.delete(uri)) this.#unkept += 1;
    };
    for (let from = 0; from < uris.length; from += AT_ONCE) {
      await Promise.all(uris.slice(from, from + AT_ONCE).map(one));
    }
    const lost = this.#unkept;
    this.#unkept = 0;
    if (lost > 0) {
      const detail = `the session with it was lost, and ${lost} subscriptions with it`;
      throw new Failure('lost', name, detail);
    }
    return uris.map((uri) =>
      notificationOf('notifications/resources/updated', JSON.stringify({ uri })),
    );
  }
}
