/** One worker's lane: kept from scenario to scenario while it fits and is healthy, thrown away otherwise. */

import type { ToxiproxyServer } from '../fault/toxiproxy.ts';
import type { TargetPlan } from '../target/target.ts';
import type { Instrument } from './instrument.ts';
import type { Lane } from './lane.ts';
import type { LaneLedger } from './late-join.ts';
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
  /** Of the lanes that are gone, as they ended. */
  readonly #closed: LaneLedger[] = [];
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
      this.#closed.push(await ledgerOf(lane));
    } finally {
      await lane.close();
    }
  }

  /** What all its lanes wrote, those that are gone among them. */
  async ledgers(): Promise<readonly LaneLedger[]> {
    const { lane } = this.#held ?? {};
    return lane === undefined ? this.#closed : [...this.#closed, await ledgerOf(lane)];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.throwAway();
  }
}

async function ledgerOf(lane: Lane): Promise<LaneLedger> {
  return { lane: lane.index, lines: await lane.ledger() };
}
