/** One scenario's stay on a lane: the faults it struck, their receipts, and its stretch of the ledgers. */

import { OwnError } from '../errors.ts';
import type { ActiveFault, ReceiptSink } from '../fault/active-fault.ts';
import type { Aim, Receipt } from '../fault/receipt.ts';
import { strikeFixture } from '../fault/strike-fixture.ts';
import type { strikeNetwork } from '../fault/strike-network.ts';
import { strikeFreeze, strikeKill } from '../fault/strike-process.ts';
import type { UpstreamProxy } from '../fault/upstream-proxy.ts';
import type { CounterProcess } from '../fixture/counter-process.ts';
import type { LedgerMark } from '../fixture/ledger-file.ts';
import { EXPOSURE_TOLERANCE_MS } from '../history/exposure.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { until } from '../lifecycle/deadline.ts';
import type { UpstreamHandle } from './upstream-handle.ts';

export interface LaneUpstream {
  readonly fixture: CounterProcess;
  readonly proxy: UpstreamProxy;
}

export class LaneVisit implements ReceiptSink {
  readonly #upstreams: ReadonlyMap<string, LaneUpstream>;
  readonly #marks: ReadonlyMap<string, LedgerMark>;
  readonly #strikeNetwork: typeof strikeNetwork;
  readonly #receipts = new Map<string, Receipt>();
  readonly #faults: ActiveFault[] = [];
  #nextFault = 0;
  #isOver = false;

  static async begin(
    upstreams: ReadonlyMap<string, LaneUpstream>,
    strike: typeof strikeNetwork,
  ): Promise<LaneVisit> {
    const marks = new Map<string, LedgerMark>();
    for (const [name, { fixture }] of upstreams) marks.set(name, await fixture.ledger.mark());
    return new LaneVisit(upstreams, marks, strike);
  }

  private constructor(
    upstreams: ReadonlyMap<string, LaneUpstream>,
    marks: ReadonlyMap<string, LedgerMark>,
    strike: typeof strikeNetwork,
  ) {
    this.#upstreams = upstreams;
    this.#marks = marks;
    this.#strikeNetwork = strike;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  nextId(): string {
    this.#nextFault += 1;
    return `f${this.#nextFault}`;
  }

  put(receipt: Receipt): void {
    this.#receipts.set(receipt.id, receipt);
  }

  receipts(): readonly Receipt[] {
    return [...this.#receipts.values()];
  }

  /** @param aim a fault with an aim strikes at once, whatever ended the moment before. */
  upstream(name: string, aim?: Aim): UpstreamHandle {
    const { fixture, proxy } = this.#upstreamNamed(name);
    const sink = aim === undefined ? this : this.#aiming(aim);
    const keep = async (strike: () => Promise<ActiveFault>): Promise<ActiveFault> => {
      if (this.#isOver) throw new OwnError('a fault was asked for after its scenario was over');
      if (aim === undefined) await clearOfTheWindow();
      const fault = await strike();
      this.#faults.push(fault);
      return fault;
    };
    return {
      name,
      fixture,
      network: (fault) => keep(() => this.#strikeNetwork(name, proxy, fault, sink)),
      kill: () => keep(() => strikeKill(fixture, sink)),
      freeze: () => keep(() => strikeFreeze(fixture, sink)),
      misbehave: (fault) => keep(() => strikeFixture(fixture, fault, sink)),
      ledger: () => this.#ledgerOf(name),
    };
  }

  /** One round trip straight to a fixture that runs, around target and proxy. @throws if it was stopped on purpose meanwhile. */
  async probe(): Promise<void> {
    const startMs = nowMs();
    const running = [...this.#upstreams].find(
      ([name, { fixture }]) => fixture.isRunning && !this.#wasStopped(name, startMs),
    );
    if (running === undefined) throw new OwnError('there is no fixture to probe');
    const [name, { fixture }] = running;
    await fixture.stats();
    if (this.#wasStopped(name, startMs)) throw new OwnError(`${name} was stopped meanwhile`);
  }

  async ledger(): Promise<readonly LedgerEntry[]> {
    const names = [...this.#upstreams.keys()];
    return (await Promise.all(names.map((name) => this.#ledgerOf(name)))).flat();
  }

  /** Heals what is still active, newest first; the visit is over. @throws the first heal that failed. */
  async heal(): Promise<void> {
    this.#isOver = true;
    const healed = await Promise.allSettled(this.#faults.toReversed().map((fault) => fault.heal()));
    const failed = healed.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }

  #aiming(aim: Aim): ReceiptSink {
    return {
      nextId: () => this.nextId(),
      put: (receipt) => this.put({ ...receipt, aim }),
    };
  }

  /** What a stopped process is late with says nothing about the machine. */
  #wasStopped(name: string, sinceMs: number): boolean {
    return this.receipts().some(
      ({ kind, upstream, healedAtMs = Infinity }) =>
        kind === 'stop' && upstream === name && healedAtMs >= sinceMs,
    );
  }

  #upstreamNamed(name: string): LaneUpstream {
    const upstream = this.#upstreams.get(name);
    if (upstream === undefined) throw new OwnError(`the scenario has no upstream "${name}"`);
    return upstream;
  }

  async #ledgerOf(name: string): Promise<readonly LedgerEntry[]> {
    const { ledger } = this.#upstreamNamed(name).fixture;
    return ofThisVisit(await ledger.since(this.#marks.get(name) ?? 0));
  }
}

/** A fault's window reaches back by the tolerance: it must not reach calls that ended before it was asked for. */
async function clearOfTheWindow(): Promise<void> {
  const opensMs = nowMs() + EXPOSURE_TOLERANCE_MS;
  await until(
    EXPOSURE_TOLERANCE_MS * 20,
    'earlier calls to be out of the window',
    () => nowMs() > opensMs,
  );
}

/**
 * Without what belongs to sessions that were opened before: the last DELETEs of an earlier scenario
 * may arrive in this one. A session that is still called is in use here, whoever opened it.
 */
export function ofThisVisit(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const present = new Set(
    entries
      .filter((entry) => entry.kind === 'initialize' || entry.kind === 'request')
      .map((entry) => entry.session),
  );
  return entries.filter(
    (entry) =>
      !('session' in entry) ||
      entry.session === undefined ||
      entry.kind === 'unknown-session' ||
      present.has(entry.session),
  );
}
