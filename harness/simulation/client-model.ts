/** An honest client in virtual time: it initializes anew when its session has ended, and writes down what it sees. */

import type { NewEvent, Outcome } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import type { ScheduledOperation } from '../schedule/schedule.ts';
import type { GatewayModel, ModelCall, ModelSession } from './gateway-model.ts';
import type { UpstreamCall } from './upstream-model.ts';
import type { VirtualTime } from './virtual-time.ts';

const DEADLINE_MS = 10_000;
/** A call is at work upstream this long after it was sent, in milliseconds. */
export const ARRIVED_MS = 7;

/** A cancel proves nothing about a call that would soon have ended by itself. */
const BEYOND_CANCEL_MS = 1_500;

type Tool = Pick<UpstreamCall, 'tool' | 'applies'>;
const SLOW: Tool = { tool: 'slow_increment', applies: 'last' };
const TOOLS: Readonly<Record<string, Tool>> = {
  get: { tool: 'get', applies: 'never' },
  increment: { tool: 'increment', applies: 'first' },
  'slow-early': { ...SLOW, applies: 'first' },
  progress: { tool: 'progress', applies: 'never' },
  broken: { tool: 'break', applies: 'first' },
};
/** What a client is to do, whoever and whenever. */
export type Issue = Omit<ScheduledOperation, 'session' | 'gapMs'>;

const OK: Outcome = { type: 'ok', kind: 'result', status: 200 };

export interface ClientWorld {
  readonly time: VirtualTime;
  readonly gateway: GatewayModel;
  readonly recorder: Recorder;
}

export class ClientModel {
  readonly #user: string;
  readonly #world: ClientWorld;
  #session: ModelSession | undefined;
  #requestId = 0;

  constructor(user: string, world: ClientWorld) {
    this.#user = user;
    this.#world = world;
  }

  issue({ kind, upstream, executionMs }: Issue): void {
    const session = this.#session ?? this.#connect();
    const tool = TOOLS[kind] ?? SLOW;
    if (kind === 'delete') this.#delete(session);
    else this.#call(session, { ...tool, upstream, executionMs }, kind);
  }

  #connect(): ModelSession {
    const { recorder } = this.#world;
    const label = `${this.#user}/${recorder.issued.ops}`;
    const session = { label, user: this.#user, isEnded: false };
    this.#session = session;
    this.#requestId = 0;
    const op = this.#invoke(session, { method: 'initialize' });
    this.#record({ kind: 'complete', op, outcome: OK });
    this.#record({ kind: 'session', session: label, what: 'opened', user: this.#user });
    return session;
  }

  #delete(session: ModelSession): void {
    this.#session = undefined;
    const op = this.#invoke(session, { method: 'DELETE' });
    this.#world.time.hop(() => {
      this.#world.gateway.delete(session);
      this.#record({ kind: 'complete', op, outcome: OK });
      this.#record({ kind: 'session', session: session.label, what: 'deleted' });
    });
  }

  #call(
    session: ModelSession,
    what: Tool & Pick<ModelCall, 'upstream' | 'executionMs'>,
    kind: string,
  ): void {
    const { time, gateway } = this.#world;
    const requestId = ++this.#requestId;
    const about = { tool: what.tool, opId: `${session.label}.${requestId}`, requestId };
    const upstream = gateway.upstreams[what.upstream]?.name;
    const op = this.#invoke(session, { method: 'tools/call', upstream, ...about });
    let [isAnswered, hasLeft] = [false, false];
    const tell = (outcome: Outcome): void => {
      if (hasLeft) return;
      isAnswered = true;
      this.#record({ kind: 'complete', op, outcome });
      if (outcome.status === 404 && this.#session === session) this.#session = undefined;
    };
    const executionMs = what.executionMs + (kind === 'cancelled' ? BEYOND_CANCEL_MS : 0);
    const call: ModelCall = { session, ...what, ...about, executionMs, tell, isCancelled: false };
    const leave = (outcome: Outcome): void => {
      if (!isAnswered) tell(outcome);
      hasLeft = true;
    };
    time.hop(() => gateway.receive(call));
    time.after(DEADLINE_MS, () => leave({ type: 'info', kind: 'timeout' }));
    if (kind !== 'cancelled' && kind !== 'aborted') return;
    time.after(ARRIVED_MS + what.executionMs / 2, () => {
      if (isAnswered) return;
      const how = kind === 'cancelled' ? 'cancel' : 'abort';
      this.#record({ kind: 'give-up', op, how });
      if (how === 'abort') leave({ type: 'info', kind: 'aborted' });
      time.hop(() => (how === 'abort' ? gateway.hungUp(call) : gateway.cancel(call)));
    });
  }

  #invoke({ label: session, user }: ModelSession, about: object): number {
    const op = this.#world.recorder.nextOp();
    const base = { kind: 'invoke', op, session, user, deadlineMs: DEADLINE_MS };
    this.#record({ ...base, ...about } as NewEvent);
    return op;
  }

  #record(event: NewEvent): void {
    const { time, recorder } = this.#world;
    // The event's own time outweighs the clock's.
    const stamped: object = { ...event, atMs: time.nowMs };
    recorder.record(stamped as NewEvent);
  }
}
