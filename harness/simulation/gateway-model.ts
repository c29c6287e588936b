/** A gateway that does what the reference gateway promises. A defect replaces some of its fields. */

import type { Outcome } from '../history/event.ts';
import { UpstreamModel, type Reply, type UpstreamCall } from './upstream-model.ts';
import type { VirtualTime } from './virtual-time.ts';

export type ModelSession = { label: string; user: string; isEnded: boolean; calls: number };
export interface ModelCall extends UpstreamCall {
  readonly session: ModelSession;
  readonly upstream: UpstreamModel;
  tell: (outcome: Outcome) => void;
  isCancelled: boolean;
  home?: Home;
}

/** An upstream session that is open, or being opened for those that wait. */
export interface Home extends Pick<ModelCall, 'session' | 'upstream'> {
  readonly key: string;
  readonly waiting: ModelCall[];
  id?: string;
}

export class GatewayModel {
  readonly time: VirtualTime;
  readonly upstreams: readonly UpstreamModel[];
  readonly homes = new Map<string, Home>();
  opened = 0;

  constructor(time: VirtualTime, names: readonly string[]) {
    this.time = time;
    this.upstreams = names.map((name) => new UpstreamModel(name, time));
  }

  receive = (call: ModelCall): void => {
    const home = this.homes.get(this.keyOf(call));
    if (call.session.isEnded) this.answer(call, NOT_FOUND);
    else if (call.isCancelled) this.answer(call, CANCELLED);
    else if (home?.id !== undefined) this.forward(call, home, home.id);
    else (home ?? this.open(call)).waiting.push(call);
  };
  cancel = (call: ModelCall): void => {
    call.isCancelled = true;
    if (call.home?.id !== undefined) call.home.upstream.end(call.home.id, call.requestId);
  };
  /** The client's socket is gone; its call is not. */
  abort = (_call: ModelCall): void => {};
  delete = (session: ModelSession): void => {
    session.isEnded = true;
    for (const home of this.homes.values()) if (home.session === session) this.leave(home);
  };
  /** Calls with the same key share an upstream session. */
  keyOf = ({ session, upstream }: ModelCall): string => `${session.label}/${upstream.name}`;
  open = (call: ModelCall): Home => {
    const { session, upstream } = call;
    const home: Home = { key: this.keyOf(call), session, upstream, waiting: [] };
    this.homes.set(home.key, home);
    const id = `s${++this.opened}`;
    upstream.send(id, { tool: 'initialize', requestId: 0, executionMs: 0 }, (reply) => {
      if (typeof reply === 'string') this.homes.delete(home.key);
      else home.id = id;
      if (session.isEnded) this.leave(home);
      home.waiting.forEach(home.id === undefined ? this.failed : this.receive);
    });
    return home;
  };
  forward = (call: ModelCall, home: Home, id: string): void => {
    call.home = home;
    home.upstream.send(id, call, (reply) => this.replied(call, reply));
  };
  replied = (call: ModelCall, reply: Reply): void => {
    if (reply === 'unknown-session') this.lost(call);
    else if (reply === 'broken' && !call.isCancelled) this.failed(call);
    else this.answer(call, reply === 'broken' ? CANCELLED : { ...OK, payload: reply });
  };
  /** With one upstream, the client's session ends with the upstream's. */
  lost = (call: ModelCall): void => {
    const { home, session, upstream } = call;
    if (home !== undefined && this.homes.get(home.key) === home) this.homes.delete(home.key);
    session.isEnded = this.upstreams.length === 1;
    const news = errorSaying(`the session state on ${upstream.name} is lost`);
    this.answer(call, session.isEnded ? NOT_FOUND : news);
  };
  failed = (call: ModelCall): void => this.answer(call, errorSaying('the upstream broke off'));
  answer = (call: ModelCall, outcome: Outcome): void => this.time.hop(() => call.tell(outcome));
  leave = ({ key, upstream, id }: Home): void => {
    this.homes.delete(key);
    if (id !== undefined) upstream.end(id);
  };
}

export function errorSaying(message: string): Outcome {
  return { type: 'info', kind: 'rpc-error', status: 200, code: -32_000, message };
}
export const OK: Outcome = { type: 'ok', kind: 'result', status: 200 };
const NOT_FOUND: Outcome = { ...errorSaying('session not found'), type: 'fail', status: 404 };
const CANCELLED: Outcome = { type: 'info', kind: 'cancelled' };
