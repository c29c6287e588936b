/** A gateway as a state machine that does what the reference gateway promises. A defect replaces some of its methods. */

import type { Outcome } from '../history/event.ts';
import type { Reply, UpstreamCall, UpstreamModel } from './upstream-model.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface ModelSession {
  readonly label: string;
  readonly user: string;
  isEnded: boolean;
}

export interface ModelCall extends UpstreamCall {
  readonly session: ModelSession;
  readonly upstream: number;
  readonly tell: (outcome: Outcome) => void;
  isCancelled: boolean;
  home?: Home;
}

/** An upstream session that is open, or being opened for those that wait. */
export interface Home {
  readonly key: string;
  readonly owner: ModelSession;
  readonly upstream: UpstreamModel;
  readonly waiting: ModelCall[];
  id?: string;
}

export class GatewayModel {
  readonly time: VirtualTime;
  readonly upstreams: readonly UpstreamModel[];
  readonly homes = new Map<string, Home>();

  constructor(time: VirtualTime, upstreams: readonly UpstreamModel[]) {
    this.time = time;
    this.upstreams = upstreams;
  }

  receive(call: ModelCall): void {
    if (call.session.isEnded) return this.answer(call, NOT_FOUND);
    if (call.isCancelled) return this.answer(call, CANCELLED);
    const key = this.keyOf(call);
    const home = this.homes.get(key) ?? this.open(call, key);
    if (home.id === undefined) home.waiting.push(call);
    else this.forward(call, home, home.id);
    return undefined;
  }

  cancel(call: ModelCall): void {
    const { home, requestId } = call;
    call.isCancelled = true;
    if (home?.id !== undefined) home.upstream.end(home.id, requestId);
  }

  /** The client's socket is gone; its call is not. */
  hungUp(_call: ModelCall): void {}

  delete(session: ModelSession): void {
    session.isEnded = true;
    for (const home of this.homes.values()) if (home.owner === session) this.leave(home);
  }

  /** Calls with the same key share an upstream session. */
  keyOf({ session, upstream }: ModelCall): string {
    return `${session.label}/${upstream}`;
  }

  open({ session: owner, upstream: index }: ModelCall, key: string): Home {
    const upstream = this.upstreams[index] as UpstreamModel;
    const home: Home = { key, owner, upstream, waiting: [] };
    this.homes.set(key, home);
    upstream.send('', undefined, (_, told) => {
      if (told === undefined) this.homes.delete(key);
      else home.id = String(told['session']);
      if (owner.isEnded) this.leave(home);
      for (const call of home.waiting) {
        if (told === undefined) this.failed(call);
        else this.receive(call);
      }
    });
    return home;
  }

  forward(call: ModelCall, home: Home, id: string): void {
    call.home = home;
    home.upstream.send(id, call, (...reply) => this.replied(call, ...reply));
  }

  replied(call: ModelCall, ...[kind, payload]: Reply): void {
    if (payload !== undefined) {
      this.answer(call, { type: 'ok', kind: 'result', status: 200, payload });
    } else if (kind === 'unknown-session') this.lost(call);
    else if (call.isCancelled) this.answer(call, CANCELLED);
    else this.failed(call);
  }

  /** With one upstream, the client's session ends with the upstream's. */
  lost(call: ModelCall): void {
    const { home, session } = call;
    if (home !== undefined && this.homes.get(home.key) === home) this.homes.delete(home.key);
    session.isEnded = this.upstreams.length === 1;
    const news = errorSaying(`the session state on ${home?.upstream.name} is lost`);
    this.answer(call, session.isEnded ? NOT_FOUND : news);
  }

  failed(call: ModelCall): void {
    this.answer(call, errorSaying('the upstream broke the connection'));
  }

  answer(call: ModelCall, outcome: Outcome): void {
    this.time.hop(() => call.tell(outcome));
  }

  leave({ key, upstream, id }: Home): void {
    this.homes.delete(key);
    if (id !== undefined) upstream.end(id);
  }
}

export function errorSaying(message: string): Outcome {
  return { type: 'info', kind: 'rpc-error', status: 200, code: -32_000, message };
}

const NOT_FOUND: Outcome = { ...errorSaying('session not found'), type: 'fail', status: 404 };
const CANCELLED: Outcome = { type: 'info', kind: 'cancelled' };
