/** One way in which an upstream fails, as data: what is done to whom, and what must come of it. */

import type { NetworkFault } from '../../harness/fault/network.ts';
import type { ControlFault } from '../../harness/run/upstream-handle.ts';
import type { BreakHow } from '../../harness/wire/session.ts';

/** A fault of the whole upstream: its network, its process, or what its control channel was told. */
export type Fault =
  NetworkFault | ControlFault | { readonly kind: 'kill' } | { readonly kind: 'stop' };

export type Strike =
  /** The upstream spoils the answer to this very call, or never gives one. */
  | {
      readonly call: BreakHow | 'hang';
      /** Whether the increment is applied before it goes wrong. Default: yes. */
      readonly apply?: 'never';
      readonly delayMs?: number;
      /** The client cancels once the upstream has the call. */
      readonly isCancelled?: true;
    }
  /** The whole upstream fails. The call is sent before that, while it lasts, or once it is over. */
  | {
      readonly fault: Fault;
      readonly when: 'before' | 'during' | 'after';
      /** Default: an increment. */
      readonly operation?: 'initialize' | 'delete';
    };

/** How the struck operation ends at the client. */
export interface Ending {
  /** "lost": HTTP 404, the session is over. */
  readonly kind: 'answer' | 'error' | 'lost' | 'cancelled' | 'unclear';
  /** Of an error: the gateway's own word for it. */
  readonly reason?: string;
  /** Of an error: what the gateway says of the call's fate. */
  readonly maybeApplied?: boolean;
}

/** What its session is worth once the fault is healed. */
export type Afterwards =
  /** It goes on, and its counter says what it should. */
  | 'goes on'
  /** Every request gets 404, and a new session works. */
  | 'ended'
  /** One error tells the loss, then it goes on from zero. */
  | 'starts afresh'
  | 'broken';

export interface UpstreamFailure {
  readonly id: string;
  /** Completes "the upstream …", for people. */
  readonly what: string;
  readonly strike: Strike;
  /** Upstreams behind the client's endpoint. Default: one. */
  readonly behind?: 'several';
  /** A network fault needs a proxy. Nothing else has one: an RST would arrive as a FIN behind it. */
  readonly through?: 'proxy';
  /** What ends it: the break, as soon as it is there, or the request timeout. */
  readonly endedBy: 'break' | 'timeout';
  readonly ending: Ending;
  /** Times that the ledger may say it was applied. */
  readonly applied: 0 | 1;
  readonly afterwards: Afterwards;
  /** It keeps the upstream itself and the network busy, so it is measured once at a time. */
  readonly isHeavy?: true;
}

/** The gateway's name for the struck upstream: it knows it twice. */
export function upstreamOf({ through }: UpstreamFailure): 'struck' | 'proxied' {
  return through === 'proxy' ? 'proxied' : 'struck';
}

/** One call of one session on one upstream is struck, so that its neighbours there must notice nothing. */
export function strikesOneCall({ strike, isHeavy }: UpstreamFailure): boolean {
  // What happens to a socket after an answer can hit whoever is given that socket next.
  return 'call' in strike && !SOCKETS.has(strike.call) && isHeavy === undefined;
}

const SOCKETS: ReadonlySet<string> = new Set(['reset-after', 'close-after', 'two-responses']);
