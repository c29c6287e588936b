/** A counter server and the proxy before it, as far as faults make a difference: sessions, calls in flight, a ledger. */

import type { Receipt } from '../fault/receipt.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { OperationTool } from '../schedule/operation-tools.ts';
import type { ScheduledFault, ScheduledFaultKind } from '../schedule/schedule.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface UpstreamCall extends Pick<OperationTool, 'apply'> {
  readonly tool: OperationTool['tool'] | 'initialize';
  readonly opId?: string;
  readonly requestId: number;
  readonly executionMs: number;
}
export type Reply = Readonly<Record<string, unknown>> | 'broken' | 'unknown-session';

/** A request on its way, at work, or on its way back. The first reply ends it. */
interface Exchange {
  readonly session: string;
  readonly call: UpstreamCall;
  readonly end: (reply: Reply, stopsWork?: boolean) => void;
  isStopped: boolean;
}

/** Broken at once or when the fault is healed, done when it is healed, or so many milliseconds late. */
type Fates = { readonly [kind in ScheduledFaultKind]?: 'break' | 'break-late' | 'wait' | number };
const SLOW: Fates = { latency: 250, slicer: 250, bandwidth: 250 };
const BREAK: Fates = { reset: 'break', down: 'break', kill: 'break' };
/** What becomes of what a fault meets: on its way in, at work, on its way out. */
const FATES: Readonly<Record<'request' | 'work' | 'answer', Fates>> = {
  request: { ...BREAK, freeze: 'wait', blackhole: 'break-late' },
  work: { status: 'break', hang: 'break-late' },
  answer: { ...SLOW, freeze: 'wait', blackhole: 'break-late', 'limit-data': 'break' },
};

export class UpstreamModel {
  readonly ledger: LedgerEntry[] = [];
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #inFlight = new Set<Exchange>();
  readonly #counters = new Map<string, { value: number }>();
  /** What a fault keeps until it is healed. */
  readonly #kept: (() => void)[] = [];
  #fault: ScheduledFaultKind | undefined;
  #healedAtMs = 0;
  #life = 1;
  readonly #epoch = (): string => `${this.name}-${this.#life}`;

  constructor(name: string, time: VirtualTime) {
    this.name = name;
    this.#time = time;
  }

  send(session: string, call: UpstreamCall, reply: (reply: Reply) => void): void {
    const end = (said: Reply, stopsWork = false): void => {
      exchange.isStopped ||= stopsWork;
      if (this.#inFlight.delete(exchange)) this.#time.hop(() => reply(said));
    };
    const exchange: Exchange = { session, call, end, isStopped: false };
    this.#inFlight.add(exchange);
    this.#pass('request', exchange, () => this.#time.hop(() => this.#execute(exchange)));
  }

  /** Tells it to stop one call, or a whole session; nobody learns if that does not arrive. */
  end(session: string, requestId?: number): void {
    if (this.#fault !== undefined && FATES.request[this.#fault] !== undefined) return;
    const calls = [...this.#inFlight].filter(
      (one) => one.session === session && [undefined, one.call.requestId].includes(requestId),
    );
    const cancel = { session, requestId, matched: calls.length > 0, opId: calls[0]?.call.opId };
    if (requestId !== undefined) this.#record('cancel', cancel);
    else this.#record('delete', { session, known: this.#counters.delete(session) });
    for (const { end } of calls) end('broken', true);
  }

  /** Strikes when the fault before it is healed, and heals by itself. */
  strike({ kind, durationMs }: ScheduledFault, receipts: Receipt[]): void {
    const { nowMs } = this.#time;
    const atMs = Math.max(nowMs, this.#healedAtMs) + 1;
    const healedAtMs = (this.#healedAtMs = atMs + durationMs);
    this.#time.after(atMs - nowMs, () => {
      this.#fault = kind;
      if (kind === 'forget-sessions' || kind === 'kill') this.#counters.clear();
      if (kind !== 'down' && kind !== 'kill') return;
      for (const { end } of this.#inFlight) end('broken', kind === 'kill');
    });
    this.#time.after(healedAtMs - nowMs, () => {
      this.#fault = undefined;
      if (kind === 'kill') this.#record('start', { pid: ++this.#life });
      for (const action of this.#kept.splice(0)) action();
    });
    const times = { requestedAtMs: atMs, acknowledgedAtMs: atMs, healedAtMs };
    const about = { id: `f${receipts.length + 1}`, upstream: this.name, seen: ['simulated'] };
    receipts.push({ ...about, kind: kind === 'freeze' ? 'stop' : kind, ...times });
  }

  #execute(exchange: Exchange): void {
    const { session, call, end } = exchange;
    const { tool, apply: when, opId, requestId } = call;
    if (!this.#inFlight.has(exchange)) return;
    const about = { session, opId, requestId, tool, method: 'tools/call', how: 'reset-before' };
    const isOpening = tool === 'initialize';
    if (isOpening) this.#counters.set(session, { value: 0 });
    if (isOpening) this.#record('initialize', { session, nonce: session });
    const counter = this.#counters.get(session);
    if (!isOpening) this.#record(counter === undefined ? 'unknown-session' : 'request', about);
    if (counter === undefined) return end('unknown-session');
    const apply = (): number => {
      this.#record('apply', { session, opId, before: counter.value, after: counter.value + 1 });
      return ++counter.value;
    };
    return this.#pass('work', exchange, () => {
      const early = when === 'before' ? apply() : undefined;
      this.#time.after(call.executionMs, () => {
        if (exchange.isStopped) return;
        if (when === 'after') apply();
        if (!this.#inFlight.has(exchange)) return;
        if (!isOpening) this.#record(tool === 'break' ? 'break' : 'answer', about);
        const told = { opId, nonce: session, value: early ?? counter.value, epoch: this.#epoch() };
        if (tool === 'break') end('broken');
        else this.#pass('answer', exchange, () => end(told));
      });
    });
  }

  #pass(place: keyof typeof FATES, { end }: Exchange, action: () => void): void {
    const fate = this.#fault && FATES[place][this.#fault];
    if (fate === undefined) action();
    else if (typeof fate === 'number') this.#time.after(fate, action);
    else if (fate === 'break') end('broken');
    else this.#kept.push(fate === 'wait' ? action : () => end('broken'));
  }

  #record(kind: LedgerEntry['kind'], line: object): void {
    const stamp = { seq: this.ledger.length, atMs: this.#time.nowMs, upstream: this.name };
    this.ledger.push({ ...line, ...stamp, epoch: this.#epoch(), kind } as LedgerEntry);
  }
}
