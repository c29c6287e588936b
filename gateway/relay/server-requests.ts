/**
 * Requests that upstreams send to one client. Several upstreams may choose the same id, so each
 * goes out under an id of ours, and the client's response goes back to the one that asked under the
 * id it chose.
 */

import { idTextAt, paramsOf, withValue, type Message } from '../jsonrpc/message.ts';
import type { UpstreamSession } from '../upstream/session.ts';

interface Asked {
  readonly session: UpstreamSession;
  readonly idText: string;
}

/** More than that without a response and the oldest is forgotten. */
const MAX_OPEN = 1_000;

export class ServerRequests {
  readonly #open = new Map<string, Asked>();
  #last = 0;

  /** The upstream's message as the client gets it. */
  toClient(session: UpstreamSession, message: Message): Message {
    if (message.kind === 'request') {
      this.#last += 1;
      const idText = `"${session.upstream.name}:${this.#last}"`;
      this.#open.set(idText, { session, idText: message.idText });
      const oldest = this.#open.keys().next().value;
      if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest);
      return withValue(message, ['id'], idText);
    }
    if (message.method !== 'notifications/cancelled') return message;
    const path = ['params', 'requestId'];
    const cancelled = idTextAt(message.bytes, paramsOf(message)['requestId'], path);
    for (const [idText, asked] of this.#open) {
      if (asked.session !== session || asked.idText !== cancelled) continue;
      this.#open.delete(idText);
      return withValue(message, path, idText);
    }
    return message;
  }

  /** Whom a client's response is for, and the response under the id that upstream chose. */
  toUpstream(
    response: Message,
  ): { readonly session: UpstreamSession; readonly message: Message } | undefined {
    const asked = this.#open.get(response.idText);
    if (asked === undefined) return undefined;
    this.#open.delete(response.idText);
    return { session: asked.session, message: withValue(response, ['id'], asked.idText) };
  }
}
