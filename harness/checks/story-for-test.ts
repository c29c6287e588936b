/**
 * Evidence for tests, told as a story: who connected, called, was answered what and when, and what
 * the upstreams wrote. Whatever is not told is healthy: values, echoes and ledger lines are worked
 * out from the order in which calls reach their upstream.
 */

import type { Receipt } from '../fault/receipt.ts';
import type { HistoryEvent, NewEvent } from '../history/event.ts';
import { receiptsOfCalls } from '../history/exposure.ts';
import type { FactValues } from '../history/facts.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { operationsOf } from '../history/operation.ts';
import { DEFAULT_CLAIMS, type Claims } from '../target/claims.ts';
import type { Evidence, Noise } from './check.ts';
import {
  appliedBy,
  eventsOf,
  linesOf,
  middleOf,
  type Home,
  type NewLine,
  type Timed,
  type TimedCall,
  type Told,
  type ToldLine,
} from './told-call-for-test.ts';

const CALL_MS = 4;

export class Client {
  readonly label: string;
  readonly user: string;
  /** By upstream; replace one to tell that it lives elsewhere from now on. */
  readonly homes = new Map<string, Home>();
  readonly #story: Story;

  constructor(story: Story, label: string, user: string) {
    this.#story = story;
    this.label = label;
    this.user = user;
  }

  call(tool: string, told: Told = {}): this {
    this.#story.take(this, 'tools/call', tool, told);
    return this;
  }

  increment(times = 1, told: Told = {}): this {
    for (let i = 0; i < times; i++) this.call('increment', told);
    return this;
  }

  get(told: Told = {}): this {
    return this.call('get', told);
  }

  request(method: string, told: Told = {}): this {
    this.#story.take(this, method, undefined, told);
    return this;
  }

  /** DELETE, answered and forwarded. */
  delete(told: Told & { readonly forwardedAt?: number | 'never' } = {}): this {
    this.#story.delete(this, told);
    return this;
  }
}

export class Story {
  nowMs = 1_000;
  readonly receipts: Receipt[] = [];
  readonly #calls: TimedCall[] = [];
  readonly #events: Timed<NewEvent>[] = [];
  readonly #ledger: ToldLine[] = [];
  readonly #upstreams: readonly string[];
  readonly #epochs = new Map<string, number>();
  #homes = 0;
  #nextCall = 1;

  constructor(upstreams: readonly string[] = ['counter']) {
    this.#upstreams = upstreams;
  }

  /** Lets time pass. */
  wait(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  /** A client with an upstream session on every upstream. */
  connect(label: string, told: { readonly user?: string; readonly homes?: boolean } = {}): Client {
    const client = new Client(this, label, told.user ?? label.split('/')[0] ?? label);
    client.request('initialize');
    if (told.homes !== false) for (const name of this.#upstreams) this.move(client, name);
    client.request('tools/list');
    this.event({ kind: 'session', session: label, what: 'opened', user: client.user });
    return client;
  }

  /** From now on the client lives in a new upstream session. */
  move(client: Client, upstream = this.#upstreams[0] ?? ''): Home {
    const home = this.home(upstream);
    client.homes.set(upstream, home);
    return home;
  }

  /** A new upstream session, told in the ledger. */
  home(upstream = this.#upstreams[0] ?? '', atMs = this.nowMs): Home {
    const epoch = `e${this.#epochs.get(upstream) ?? 1}`;
    const number = ++this.#homes;
    const home: Home = { upstream, epoch, session: `s${number}`, nonce: `n${number}`, value: 0 };
    this.line(
      upstream,
      { kind: 'initialize', epoch, session: home.session, nonce: home.nonce },
      atMs,
    );
    return home;
  }

  /** The upstream's next life. */
  restart(upstream = this.#upstreams[0] ?? ''): this {
    const number = (this.#epochs.get(upstream) ?? 1) + 1;
    this.#epochs.set(upstream, number);
    return this.line(upstream, { kind: 'start', epoch: `e${number}`, pid: number });
  }

  fault(receipt: Partial<Receipt> & Pick<Receipt, 'kind'>): this {
    const requestedAtMs = receipt.requestedAtMs ?? this.nowMs;
    this.receipts.push({
      id: `f${this.receipts.length + 1}`,
      upstream: this.#upstreams[0] ?? '',
      requestedAtMs,
      acknowledgedAtMs: requestedAtMs + 1,
      seen: [],
      ...receipt,
    });
    return this;
  }

  fact<Name extends keyof FactValues>(name: Name, value: FactValues[Name], atMs?: number): this {
    return this.event({ kind: 'fact', name, value }, atMs);
  }

  event(event: NewEvent, atMs = this.nowMs): this {
    this.#events.push({ ...event, atMs });
    return this;
  }

  line(upstream: string, line: NewLine, atMs = this.nowMs): this {
    this.#ledger.push({ ...line, atMs, upstream });
    return this;
  }

  take(client: Client, method: string, tool: string | undefined, told: Told): void {
    const { at = this.nowMs, takes = CALL_MS, by = this.#homesOf(client, method, told) } = told;
    if (told.at === undefined) this.nowMs = at + takes + 1;
    const call = { ...told, client, method, at, takes, by, number: this.#nextCall++ };
    this.#calls.push(tool === undefined ? call : { ...call, tool });
  }

  delete(client: Client, told: Told & { readonly forwardedAt?: number | 'never' }): void {
    const { at = this.nowMs, takes = CALL_MS, forwardedAt = at + 2 } = told;
    const outcome = told.outcome ?? { type: 'ok', kind: 'result', status: 200 };
    client.request('DELETE', { ...told, outcome });
    if (forwardedAt !== 'never') {
      for (const { upstream, epoch, session } of client.homes.values()) {
        this.line(upstream, { kind: 'delete', epoch, session, known: true }, forwardedAt);
      }
    }
    if (outcome.type === 'ok') {
      this.event({ kind: 'session', session: client.label, what: 'deleted' }, at + takes + 0.1);
    }
  }

  evidence(about: { readonly claims?: Partial<Claims>; readonly noise?: Noise } = {}): Evidence {
    const { events, ledger } = this.recording();
    const operations = operationsOf(events);
    return {
      scenario: 'test/story',
      claims: { ...DEFAULT_CLAIMS, ...about.claims },
      events,
      operations,
      ledger,
      receipts: [...this.receipts, ...receiptsOfCalls(operations, ledger)],
      noise: about.noise ?? { lagMaxMs: 1, probeMaxMs: 2 },
    };
  }

  /** History and ledger in order of time, numbered. */
  recording(): {
    readonly events: readonly HistoryEvent[];
    readonly ledger: readonly LedgerEntry[];
  } {
    const events = [...this.#events];
    const ledger = [...this.#ledger];
    for (const { by } of this.#calls) for (const home of by) home.value = 0;
    // Calls count in the order in which they reach their upstream.
    for (const call of this.#calls.toSorted((a, b) => middleOf(a) - middleOf(b))) {
      const applied = appliedBy(call);
      ledger.push(...linesOf(call, applied));
      events.push(...eventsOf(call, applied.at(-1)?.after ?? call.by[0]?.value ?? 0));
    }
    return { events: inOrder(events), ledger: ledgerInOrder(ledger) };
  }

  #homesOf(client: Client, method: string, told: Told): readonly Home[] {
    if (told.outcome?.type === 'fail' || method !== 'tools/call') return [];
    const home = client.homes.get(told.upstream ?? this.#upstreams[0] ?? '');
    return home === undefined ? [] : [home];
  }
}

/** Where a client lives on an upstream. */
export function homeOf({ label, homes }: Client, upstream = 'counter'): Home {
  const home = homes.get(upstream);
  if (home === undefined) throw new Error(`${label} has no home on ${upstream}`);
  return home;
}

function inOrder(events: readonly Timed<NewEvent>[]): readonly HistoryEvent[] {
  return events.toSorted((a, b) => a.atMs - b.atMs).map((event, seq) => ({ ...event, seq }));
}

function ledgerInOrder(lines: readonly ToldLine[]): readonly LedgerEntry[] {
  const seqs = new Map<string, number>();
  return lines
    .toSorted((a, b) => a.atMs - b.atMs)
    .map((line) => {
      const life = `${line.upstream}/${line.epoch}`;
      const seq = seqs.get(life) ?? 0;
      seqs.set(life, seq + 1);
      return { ...line, seq };
    });
}
