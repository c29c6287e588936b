/**
 * What a load run works against: a struck upstream and a calm one, behind one instance of the
 * target where it serves many, else behind one instance each. A target that somebody else started
 * knows one upstream only, so there everybody is struck.
 */

import type { LaneVisit } from '../harness/run/lane-visit.ts';
import { Lane, type LaneOptions } from '../harness/run/lane.ts';
import type { LedgerEntry } from '../harness/history/ledger.ts';
import type { UpstreamHandle } from '../harness/run/upstream-handle.ts';
import { describeDeath } from '../harness/target/describe-death.ts';
import { until } from '../harness/lifecycle/deadline.ts';
import type { UserGroup } from './k6/lib/settings.ts';
import { CALM, STRUCK } from './load-evidence.ts';

/** How long calls that nobody waits for any more may take to come to rest. */
const SETTLE_MS = 10_000;

interface Place {
  readonly lane: Lane;
  readonly visit: LaneVisit;
  readonly names: readonly string[];
}

export type LoadLanesOptions = Omit<LaneOptions, 'upstreams' | 'index'>;

export class LoadLanes implements AsyncDisposable {
  readonly #places: readonly Place[];
  readonly #owned: AsyncDisposableStack;
  readonly #users: readonly string[];

  static async open(options: LoadLanesOptions): Promise<LoadLanes> {
    await using owned = new AsyncDisposableStack();
    const { plan } = options;
    const places: Place[] = [];
    for (const [index, names] of arrangement(plan).entries()) {
      const upstreams = Object.fromEntries(names.map((name) => [name, {}]));
      const lane = owned.use(await Lane.open({ ...options, upstreams, index }));
      places.push({ lane, visit: await lane.begin(), names });
    }
    return new LoadLanes(places, plan.users, owned.move());
  }

  private constructor(
    places: readonly Place[],
    users: readonly string[],
    owned: AsyncDisposableStack,
  ) {
    this.#places = places;
    this.#users = users;
    this.#owned = owned;
  }

  /** Groups of users, the struck ones first. */
  get groups(): readonly UserGroup[] {
    const credentials = this.#users.length === 0 ? [undefined] : this.#users;
    return this.#places.flatMap(({ lane, names }) =>
      names.map((upstream) => ({
        upstream,
        url: lane.target.endpoint.href,
        several: names.length > 1,
        headers: credentials.map((user) => lane.target.headersOf(user)),
      })),
    );
  }

  get struck(): UpstreamHandle {
    return this.#visitOf(STRUCK).upstream(STRUCK);
  }

  get upstreams(): readonly UpstreamHandle[] {
    return this.#places.flatMap(({ visit, names }) => names.map((name) => visit.upstream(name)));
  }

  get receipts(): ReturnType<LaneVisit['receipts']> {
    return this.#places.flatMap(({ visit }) => visit.receipts());
  }

  /** What of ours died unasked, in one sentence. */
  lostInstrument(): string | undefined {
    return this.#places
      .map(({ lane }) => lane.lostInstrument())
      .find((sentence) => sentence !== undefined);
  }

  /** The ledgers since the users came, once no call runs any more. */
  async ledger(signal: AbortSignal): Promise<readonly LedgerEntry[]> {
    for (const { visit } of this.#places) await visit.heal();
    await until(
      SETTLE_MS,
      'the fixtures to come to rest',
      async () => (await this.#inFlight()) === 0,
      signal,
    );
    return (await Promise.all(this.#places.map(({ visit }) => visit.ledger()))).flat();
  }

  /** Processes of the target; none for one that we did not start. */
  get targetPids(): readonly number[] {
    return this.#places.flatMap(({ lane }) => lane.target.pid ?? []);
  }

  /** Instances of the target that ended by themselves since a time on the monotonic clock, a sentence each. */
  deaths(sinceMs: number): readonly string[] {
    return this.#places
      .map(({ lane }) => lane.target.death)
      .filter((death) => death !== undefined)
      .map((death) => describeDeath({ ...death, afterMs: Math.max(0, death.atMs - sinceMs) }));
  }

  targetLog(): readonly string[] {
    return this.#places.flatMap(({ lane }) => lane.target.log());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  async #inFlight(): Promise<number> {
    const counts = await Promise.all(this.#places.map(({ lane }) => lane.inFlight()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #visitOf(name: string): LaneVisit {
    const place = this.#places.find(({ names }) => names.includes(name));
    if (place === undefined) throw new Error(`no lane has the upstream ${name}`);
    return place.visit;
  }
}

/** The upstreams of each lane. */
function arrangement(plan: LaneOptions['plan']): readonly (readonly string[])[] {
  if (plan.upstreamPort !== undefined) return [[STRUCK]];
  return plan.claims.upstreams === 'many' ? [[STRUCK, CALM]] : [[STRUCK], [CALM]];
}
