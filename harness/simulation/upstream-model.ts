/** A counter server and the proxy before it, as far as faults make a difference: sessions, calls in flight, a ledger. */

import type { LedgerEntry } from '../history/ledger.ts';
import type { ScheduledFault, ScheduledFaultKind } from '../schedule/schedule.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface UpstreamCall {
  readonly tool: string;
  readonly opId: string;
  readonly requestId: number;
  readonly executionMs: number;
  readonly applies: 'first' | 'last' | 'never';
}

type ReplyKind = 'result' | 'opened' | 'broken' | 'unknown-session' | 'status' | 'stopped';
export type Reply = [kind: ReplyKind, told?: Readonly<Record<string, unknown>>];

/** A request on its way, at work, or on its way back. The first reply ends it. */
interface Exchange {
  readonly session: string;
  readonly call: UpstreamCall | undefined;
  readonly end: (...reply: Reply) => void;
  isStopped: boolean;
}

/** What a slowing fault adds to an answer for each degree of severity, in milliseconds. */
const SLOW_MS = 120;

export class UpstreamModel {
  readonly ledger: LedgerEntry[] = [];
  readonly name: string;
  readonly #time: VirtualTime;
  readonly #inFlight = new Set<Exchange>();
  readonly #counters = new Map<string, { value: number }>();
  #fault: ScheduledFault | undefined;
  /** What a fault keeps until it is healed. */
  readonly #kept: (() => void)[] = [];
  #life = 1;
  #opened = 0;

  constructor(name: string, time: VirtualTime) {
    this.name = name;
    this.#time = time;
  }

  /** Without a call it opens a session. */
  send(session: string, call: UpstreamCall | undefined, reply: (...reply: Reply) => void): void {
    const end = (...said: Reply): void => {
      if (this.#inFlight.delete(exchange)) this.#time.hop(() => reply(...said));
    };
    const exchange: Exchange = { session, call, end, isStopped: false };
    this.#inFlight.add(exchange);
    const arrive = (): void => {
      if (!this.#inFlight.has(exchange) || this.#isKept('freeze', arrive)) return;
      if (call === undefined) this.#open(exchange);
      else this.#execute(exchange, call);
    };
    if (this.#has('down', 'kill', 'reset')) end('broken');
    else if (!this.#isKept('blackhole', () => end('broken'))) this.#time.hop(arrive);
  }

  /** Tells it to stop one call, or a whole session; nobody learns if that does not arrive. */
  end(session: string, requestId?: number): void {
    if (this.#has('down', 'kill', 'reset', 'blackhole', 'freeze')) return;
    const calls = [...this.#inFlight].filter(
      (one) =>
        one.session === session && (requestId ?? one.call?.requestId) === one.call?.requestId,
    );
    const matched = calls.length > 0;
    const about = matched && requestId !== undefined && { opId: calls[0]?.call?.opId };
    if (requestId !== undefined) this.#record('cancel', { session, requestId, matched, ...about });
    else this.#record('delete', { session, known: this.#counters.delete(session) });
    for (const exchange of calls) {
      exchange.isStopped = true;
      exchange.end('stopped');
    }
  }

  /** Strikes, and heals by itself. One fault at a time. */
  strike(fault: ScheduledFault): void {
    const { kind, durationMs } = fault;
    this.#fault = fault;
    if (kind === 'forget-sessions' || kind === 'kill') this.#counters.clear();
    for (const exchange of kind === 'kill' || kind === 'down' ? this.#inFlight : []) {
      exchange.isStopped ||= kind === 'kill';
      exchange.end('broken');
    }
    this.#time.after(durationMs, () => {
      this.#fault = undefined;
      if (kind === 'kill') this.#record('start', { pid: ++this.#life });
      for (const action of this.#kept.splice(0)) action();
    });
  }

  #open(exchange: Exchange): void {
    const session = `s${++this.#opened}`;
    this.#counters.set(session, { value: 0 });
    this.#record('initialize', { session, nonce: session });
    if (!this.#isKept('hang', () => exchange.end('broken'))) {
      this.#answer(exchange, 'opened', { session });
    }
  }

  #execute(
    exchange: Exchange,
    { tool, opId, requestId, applies, executionMs }: UpstreamCall,
  ): void {
    const { session } = exchange;
    const about = { session, requestId, opId, tool, method: 'tools/call', how: 'reset-before' };
    const counter = this.#counters.get(session);
    this.#record(counter === undefined ? 'unknown-session' : 'request', about);
    if (counter === undefined) return this.#answer(exchange, 'unknown-session');
    if (this.#has('status')) {
      this.#record('break', { ...about, how: 'status-500' });
      return this.#answer(exchange, 'status');
    }
    if (this.#isKept('hang', () => exchange.end('broken'))) return undefined;
    const apply = (): void => {
      const before = counter.value++;
      this.#record('apply', { session, opId, before, after: counter.value });
    };
    if (applies === 'first') apply();
    const early = counter.value;
    const finish = (): void => {
      if (exchange.isStopped || this.#isKept('freeze', finish)) return;
      if (applies === 'last') apply();
      if (!this.#inFlight.has(exchange)) return;
      this.#record(tool === 'break' ? 'break' : 'answer', about);
      const value = applies === 'first' ? early : counter.value;
      if (tool === 'break') exchange.end('broken');
      else this.#answer(exchange, 'result', { value, opId, epoch: this.#epoch, nonce: session });
    };
    return this.#time.after(executionMs, finish);
  }

  #answer(exchange: Exchange, ...reply: Reply): void {
    if (this.#isKept('blackhole', () => exchange.end('broken'))) return;
    if (this.#has('limit-data')) exchange.end('broken');
    const slows = this.#has('latency', 'slicer', 'bandwidth') ? SLOW_MS : 0;
    this.#time.after(slows * (1 + (this.#fault?.severity ?? 0)), () => exchange.end(...reply));
  }

  #has(...kinds: readonly ScheduledFaultKind[]): boolean {
    return this.#fault !== undefined && kinds.includes(this.#fault.kind);
  }

  /** Whether such a fault is active; then `action` is done once it is healed. */
  #isKept(kind: ScheduledFaultKind, action: () => void): boolean {
    const isActive = this.#has(kind);
    if (isActive) this.#kept.push(action);
    return isActive;
  }

  get #epoch(): string {
    return `${this.name}-${this.#life}`;
  }

  #record(kind: LedgerEntry['kind'], line: object): void {
    const { ledger, name: upstream } = this;
    const stamp = { seq: ledger.length, atMs: this.#time.nowMs, epoch: this.#epoch, upstream };
    ledger.push({ ...line, ...stamp, kind } as LedgerEntry);
  }
}
