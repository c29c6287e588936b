/** One worker's lane: kept from scenario to scenario while it fits and is healthy, thrown away otherwise. */

import type { ToxiproxyServer } from '../fault/toxiproxy.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import type { TargetPlan } from '../target/target.ts';
import type { Instrument } from './instrument.ts';
import type { Lane } from './lane.ts';
import type { Scenario } from './scenario.ts';

export interface LaneHolderOptions {
  readonly plan: TargetPlan;
  readonly toxiproxy: ToxiproxyServer;
  readonly seed: number;
  readonly ledgerDir: string;
  readonly signal: AbortSignal;
  readonly instrument: Instrument;
  /** A number that no other lane of the run has. */
  readonly nextIndex: () => number;
}

/** Scenarios with the same key can share a lane. */
export function laneKey(scenario: Scenario): string {
  return JSON.stringify([scenario.upstreams, scenario.pathPrefix ?? '', scenario.idleProbeMs ?? 0]);
}

export class LaneHolder implements AsyncDisposable {
  readonly #options: LaneHolderOptions;
  /** What the ledgers of lanes that are gone said at their end. */
  readonly #closed: LedgerEntry[] = [];
  #held: { readonly key: string; readonly lane: Lane } | undefined;

  constructor(options: LaneHolderOptions) {
    this.#options = options;
  }

  get key(): string | undefined {
    return this.#held?.key;
  }

  /** The lane at hand if it fits, else a new one. @throws {TargetNotReadyError} */
  async laneFor(scenario: Scenario): Promise<Lane> {
    const key = laneKey(scenario);
    if (this.#held?.key === key && this.#held.lane.isHealthy()) return this.#held.lane;
    await this.throwAway();
    const { nextIndex, instrument, ...rest } = this.#options;
    const lane = await instrument.openLane({
      ...rest,
      upstreams: scenario.upstreams,
      index: nextIndex(),
      ...(scenario.pathPrefix !== undefined && { pathPrefix: scenario.pathPrefix }),
      ...(scenario.idleProbeMs !== undefined && { idleProbeMs: scenario.idleProbeMs }),
    });
    this.#held = { key, lane };
    return lane;
  }

  /** Ends the lane at hand. @throws if something of ours survives it. */
  async throwAway(): Promise<void> {
    const lane = this.#held?.lane;
    this.#held = undefined;
    if (lane === undefined) return;
    try {
      // One by one: a lane that served many scenarios has more lines than a call may have arguments.
      for (const entry of await lane.ledger()) this.#closed.push(entry);
    } finally {
      await lane.close();
    }
  }

  /** All ledger entries of all its lanes, of those that are gone as they ended. */
  async ledger(): Promise<readonly LedgerEntry[]> {
    return [...this.#closed, ...((await this.#held?.lane.ledger()) ?? [])];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.throwAway();
  }
}
