/**
 * Requests that upstreams send to one client. Several upstreams may choose the same id or progress
 * token, so each goes out under one of ours, and the client's response and progress go back to the
 * one that asked, under what it chose. The first session of an only upstream keeps its own: nobody
 * else can be meant.
 */

import {
  idTextAt,
  paramsOf,
  progressTokenOf,
  TOKEN_PATH,
  withValue,
  type Message,
} from '../jsonrpc/message.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { Call, ForClient } from './call.ts';
import { tokenOfProgress } from './progress-tokens.ts';

interface Asked {
  readonly session: UpstreamSession;
  /** As the upstream chose it. */
  readonly idText: string;
  readonly token: string | undefined;
  /** As the client knows it. */
  readonly shownToken: string | undefined;
  /** The call on whose stream it went out; what follows it goes there too. */
  readonly call: Call | undefined;
}

/** For an upstream: whose it is, and the message in its own terms. */
export interface ForUpstream {
  readonly session: UpstreamSession;
  readonly message: Message;
}

/** More than that without a response and the oldest is forgotten. */
const MAX_OPEN = 1_000;
const CANCELLED_PATH = ['params', 'requestId'] as const;
const PROGRESS_PATH = ['params', 'progressToken'] as const;

export class ServerRequests {
  readonly #open = new Map<string, Asked>();
  readonly #isSole: boolean;
  #first: UpstreamSession | undefined;
  #last = 0;

  /** `isSole`: the client's session has one upstream. */
  constructor(isSole: boolean) {
    this.#isSole = isSole;
  }

  /** The upstream's request as the client gets it. */
  toClient(session: UpstreamSession, message: Message, call: Call | undefined): Message {
    const { idText } = message;
    this.#first ??= session;
    const isKept = this.#isSole && session === this.#first && !this.#open.has(idText);
    const shown = isKept ? idText : this.#nextId(session);
    const token = progressTokenOf(message);
    const shownToken = token === undefined || isKept ? token : shown;
    this.#open.set(shown, { session, idText, token, shownToken, call });
    const oldest = this.#open.keys().next().value;
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest);
    if (isKept) return message;
    const renamed = withValue(message, ['id'], shown);
    return shownToken === undefined ? renamed : withValue(renamed, TOKEN_PATH, shownToken);
  }

  #nextId(session: UpstreamSession): string {
    let idText: string;
    do {
      this.#last += 1;
      idText = `"${session.upstream.name}:${this.#last}"`;
    } while (this.#open.has(idText));
    return idText;
  }

  /** An upstream's cancel as the client gets it; undefined when that request is over. */
  cancelled(session: UpstreamSession, message: Message): ForClient | undefined {
    const idText = idTextAt(message.bytes, paramsOf(message)['requestId'], CANCELLED_PATH);
    for (const [shown, asked] of this.#open) {
      if (asked.session !== session || asked.idText !== idText) continue;
      this.#open.delete(shown);
      return { message: withValue(message, CANCELLED_PATH, shown), call: asked.call };
    }
    return undefined;
  }

  /** Whom a client's response is for; undefined when nobody waits for it any more. */
  response(response: Message): ForUpstream | undefined {
    const asked = this.#open.get(response.idText);
    this.#open.delete(response.idText);
    return asked && { session: asked.session, message: withValue(response, ['id'], asked.idText) };
  }

  /** Whom a client's progress is for; undefined when no open request goes by that token. */
  progress(message: Message): ForUpstream | undefined {
    const shown = tokenOfProgress(message);
    for (const { session, shownToken, token } of this.#open.values()) {
      if (shownToken === undefined || shownToken !== shown) continue;
      return { session, message: withValue(message, PROGRESS_PATH, token as string) };
    }
    return undefined;
  }
}
