/**
 * Asks a session that was silent for long whether it is still alive: ping, then the lists, until
 * something answers. "Method not found" is an answer of a healthy peer that lacks the method; a
 * session that refuses all of them is healthy. Silence within one total bound is death.
 */

import { asFailure } from '../jsonrpc/failure.ts';
import { isObject, requestOf, type Message } from '../jsonrpc/message.ts';
import { ask, ownId } from './ask.ts';
import type { UpstreamSession } from './session.ts';

const CHAIN = ['ping', 'tools/list', 'prompts/list', 'resources/list'] as const;
const METHOD_NOT_FOUND = -32601;
/** What some servers say of a session that they do not know, where the protocol says 404. */
const SAID_FOR_404: readonly number[] = [400, 410];

/** "error" is an answer that was neither: it is reported once, and not asked for again. */
export type Health = 'healthy' | 'silent' | 'lost' | 'error';

export class Probe {
  readonly #totalMs: number;

  /** `totalMs` bounds the whole chain. */
  constructor(totalMs: number) {
    this.#totalMs = totalMs;
  }

  async check(session: UpstreamSession): Promise<Health> {
    const until = performance.now() + this.#totalMs;
    for (const method of CHAIN) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return this.onSilence();
      let answer: Message;
      try {
        answer = await ask(session, requestOf(ownId(), method), { timeoutMs: leftMs });
      } catch (error) {
        const failure = asFailure(error, session.upstream.name);
        if (failure.kind === 'timeout') return this.onSilence();
        if (failure.kind === 'lost' || SAID_FOR_404.includes(failure.status ?? 0)) return 'lost';
        if (failure.kind === 'refused') return 'error';
        throw failure;
      }
      const code = isObject(answer.body['error']) ? answer.body['error']['code'] : undefined;
      if (code === undefined) return 'healthy';
      if (code !== METHOD_NOT_FOUND) return 'error';
    }
    return 'healthy';
  }

  /** What it means that nothing answered within the bound. */
  onSilence(): Health {
    return 'silent';
  }
}
