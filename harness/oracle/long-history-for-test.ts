/**
 * A healthy run of any length, made up from a seed: sessions with a counter each, calls that overlap,
 * one in ten an increment whose fate its client never learned. For measuring the oracle: no real run
 * is long enough.
 */

import type { Outcome } from '../history/event.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { Operation } from '../history/operation.ts';
import { randomFrom, type Random } from '../random.ts';
import type { Recording } from './case-file.ts';
import type { CounterOperation } from './counter-history.ts';

const PERCENT_UNKNOWN = 10;
const PERCENT_READ = 10;
/** Calls of one session that are under way at once, at most. */
const OVERLAP = 4;
const CALLS_PER_SESSION = 1_000;
/** A call reaches its upstream at most that many calls later. */
const DELAY_MAX = 8;
const UPSTREAM = 'counter';
const EPOCH = 'e1';
const NONE: readonly never[] = [];
const LOST: Outcome = { type: 'info', kind: 'transport-error', code: 'ECONNRESET' };

/** What becomes of one call. */
interface Fate {
  readonly tool: 'increment' | 'get';
  readonly isUnknown: boolean;
  readonly isApplied: boolean;
  /** From 1 to `OVERLAP`, in calls of its session. */
  readonly takes: number;
}

/** As clients and upstreams would have recorded it; a millisecond from call to call. */
export function longRecording(count: number, seed: number): Recording {
  const random = randomFrom(seed, 'long-history');
  const sessions = Math.ceil(count / CALLS_PER_SESSION);
  const world = new World(sessions, count);
  const delayMax = Math.min(DELAY_MAX, sessions - 1);
  const due = Array.from({ length: DELAY_MAX + 1 }, (): [op: number, fate: Fate][] => []);
  for (let now = 0; now < count + DELAY_MAX; now += 1) {
    if (now < count) {
      const delay = random.int(0, delayMax);
      due[(now + delay) % due.length]?.push([now, fateOf(random)]);
    }
    const arriving = due[now % due.length] ?? [];
    for (const [op, fate] of arriving) world.serve(op, fate, now);
    arriving.length = 0;
  }
  const { operations, ledger } = world;
  return { events: [], operations, ledger, receipts: [] };
}

interface Names {
  readonly session: string;
  readonly home: string;
  readonly nonce: string;
}

/** Clients and one upstream, both writing. */
class World {
  readonly operations: Operation[];
  readonly ledger: LedgerEntry[] = [];
  readonly #values: Int32Array;
  readonly #names: readonly Names[];

  constructor(sessions: number, count: number) {
    this.operations = Array<Operation>(count);
    this.#values = new Int32Array(sessions);
    this.#names = Array.from({ length: sessions }, (_, number) => ({
      session: `client/${number}`,
      home: `s${number}`,
      nonce: `n${number}`,
    }));
    for (const { home, nonce } of this.#names) {
      this.ledger.push({ ...this.#line(0, home), kind: 'initialize', nonce });
    }
  }

  serve(op: number, { tool, isUnknown, isApplied, takes }: Fate, atMs: number): void {
    const sessions = this.#names.length;
    const number = op % sessions;
    const { session, home, nonce } = this.#names[number] as Names;
    const opId = `${number}.${op}`;
    // Client and upstream are two processes, each with its own copy.
    const written = `${number}.${op}`;
    const line = this.#line(atMs, home);
    const call = { method: 'tools/call', requestId: op, opId: written, tool };
    this.ledger.push({ ...line, kind: 'request', ...call });
    const before = this.#values[number] as number;
    const after = before + (isApplied ? 1 : 0);
    this.#values[number] = after;
    if (isApplied) {
      const apply = this.#line(atMs, home);
      this.ledger.push({ ...apply, kind: 'apply', opId: written, before, after });
    }
    const payload = { value: after, opId, nonce, epoch: EPOCH };
    this.operations[op] = {
      invoke: {
        kind: 'invoke',
        seq: op,
        atMs: op,
        op,
        session,
        upstream: UPSTREAM,
        method: 'tools/call',
        tool,
        requestId: op,
        opId,
        deadlineMs: 10_000,
      },
      completions: NONE,
      outcome: isUnknown ? LOST : { type: 'ok', kind: 'result', payload },
      startMs: op,
      endMs: op + takes * sessions - 0.5,
    };
  }

  #line(atMs: number, session: string) {
    return { seq: this.ledger.length, atMs, epoch: EPOCH, upstream: UPSTREAM, session };
  }
}

/** All of it by one session on one counter, as the exact checker sees it: that is the hardest for it. */
export function longCounterHistory(count: number, seed: number): readonly CounterOperation[] {
  const random = randomFrom(seed, 'long-history');
  let value = 0;
  return Array.from({ length: count }, (_, op): CounterOperation => {
    const { tool, isUnknown, isApplied, takes } = fateOf(random);
    if (isApplied) value += 1;
    const shared = { startMs: op, endMs: op + takes - 0.5, isCertain: !isUnknown, ref: `h${op}` };
    const kind = tool === 'get' ? 'read' : 'increment';
    return isUnknown ? { kind, ...shared } : { kind, ...shared, value };
  });
}

function fateOf(random: Random): Fate {
  const lot = random.int(0, 99);
  const takes = random.int(1, OVERLAP);
  const isUnknown = lot < PERCENT_UNKNOWN;
  if (!isUnknown && lot < PERCENT_UNKNOWN + PERCENT_READ) {
    return { tool: 'get', isUnknown, isApplied: false, takes };
  }
  const isApplied = !isUnknown || random.int(0, 1) === 1;
  return { tool: 'increment', isUnknown, isApplied, takes };
}
