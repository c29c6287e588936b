/**
 * The progress tokens of one client's calls. A token names one call: progress goes to that call's
 * stream wherever it came in, and to nobody when no call goes by it. A token that is in use already
 * goes upstream as one of ours and comes back as the one the client chose.
 */

import { idTextAt, paramsOf, TOKEN_PATH, withValue, type Message } from '../jsonrpc/message.ts';
import { ownId } from '../upstream/ask.ts';
import type { UpstreamSession } from '../upstream/session.ts';
import type { ForClient, Leg } from './call.ts';

interface Owner {
  readonly leg: Leg;
  /** The token that the client chose, where another went upstream. */
  readonly chosen: string | undefined;
}

/** Of tasks, whose progress goes on after their call; the oldest are forgotten. */
const MAX_TOKENS = 1_000;
const PATH = ['params', 'progressToken'] as const;

/** The token that a progress notification is about, as JSON text. */
export function tokenOfProgress(message: Message): string | undefined {
  return idTextAt(message.bytes, paramsOf(message)['progressToken'], PATH);
}

export class ProgressTokens {
  readonly #owners = new Map<string, Owner>();
  /** Those that outlive their calls. */
  readonly #tasks = new Set<string>();

  /** The request as its upstream gets it. */
  toUpstream(leg: Leg, message: Message, token: string): Message {
    const isTaken = this.#owners.has(token);
    const sent = isTaken ? ownId() : token;
    this.#owners.set(sent, { leg, chosen: isTaken ? token : undefined });
    leg.progressToken = sent;
    if ('task' in paramsOf(message)) this.#keep(sent);
    return isTaken ? withValue(message, TOKEN_PATH, sent) : message;
  }

  #keep(token: string): void {
    this.#tasks.add(token);
    const [oldest] = this.#tasks;
    if (this.#tasks.size <= MAX_TOKENS || oldest === undefined) return;
    this.#tasks.delete(oldest);
    this.#owners.delete(oldest);
  }

  /** Progress as the client gets it, and the call that it is about. */
  toClient(from: UpstreamSession, message: Message): ForClient | undefined {
    const owner = this.#owners.get(tokenOfProgress(message) ?? '');
    if (owner === undefined || owner.leg.session !== from) return undefined;
    const { chosen, leg } = owner;
    const shown = chosen === undefined ? message : withValue(message, PATH, chosen);
    return { message: shown, call: leg.call };
  }

  /** A call is over. */
  release(token: string): void {
    if (!this.#tasks.has(token)) this.#owners.delete(token);
  }
}
