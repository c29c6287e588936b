/**
 * A lane: one target instance with its own proxies and fixtures, all on loopback. One scenario at a
 * time visits it; it is used again while it is healthy after healing.
 */

import { join } from 'node:path';
import { OwnError } from '../errors.ts';
import { strikeNetwork } from '../fault/strike-network.ts';
import type { ToxiproxyServer } from '../fault/toxiproxy.ts';
import { UpstreamProxy } from '../fault/upstream-proxy.ts';
import { startCounter, type CounterProcess } from '../fixture/counter-process.ts';
import type { CounterOptions } from '../fixture/counter.ts';
import type { LedgerEntry } from '../history/ledger.ts';
import { awaitReady } from '../target/ready.ts';
import type { RunningTarget, TargetPlan, UpstreamAddress } from '../target/target.ts';
import { LaneVisit, type LaneUpstream } from './lane-visit.ts';

export interface LaneOptions {
  readonly plan: TargetPlan;
  readonly upstreams: Readonly<Record<string, CounterOptions>>;
  readonly pathPrefix?: string;
  readonly idleProbeMs?: number;
  readonly toxiproxy: ToxiproxyServer;
  readonly seed: number;
  /** Where the fixtures keep their ledgers; exists. */
  readonly ledgerDir: string;
  /** Unique in the run: it names the lane's proxies and ledgers. */
  readonly index: number;
  readonly signal: AbortSignal;
}

export class Lane implements AsyncDisposable {
  /** No other lane of the run has it. */
  readonly index: number;
  readonly target: RunningTarget;
  readonly #upstreams: ReadonlyMap<string, LaneUpstream>;
  readonly #toxiproxy: ToxiproxyServer;
  readonly #owned: AsyncDisposableStack;
  #closing: Promise<void> | undefined;
  #visit: LaneVisit | undefined;

  /**
   * Starts fixtures, proxies and the target, and waits until one increment went the whole way.
   * @throws {TargetNotReadyError} if the target does not get that far within its start timeout.
   */
  static async open(options: LaneOptions): Promise<Lane> {
    await using owned = new AsyncDisposableStack();
    const names = Object.keys(options.upstreams);
    const upstreams = new Map<string, LaneUpstream>();
    for (const name of names) upstreams.set(name, await openUpstream(name, options, owned));
    const addresses = [...upstreams].map(([name, { fixture, proxy }]): UpstreamAddress => ({
      name,
      url: `http://127.0.0.1:${proxy.port}${fixture.path}`,
    }));
    const { plan, pathPrefix, idleProbeMs, signal } = options;
    const settings = {
      upstreams: addresses,
      ...(pathPrefix !== undefined && { pathPrefix }),
      ...(idleProbeMs !== undefined && { idleProbeMs }),
    };
    const target = owned.use(await plan.start(settings, signal));
    const fixtures = [...upstreams.values()].map(({ fixture }) => fixture);
    await awaitReady(plan, target, fixtures, signal);
    return new Lane(target, upstreams, options, owned.move());
  }

  private constructor(
    target: RunningTarget,
    upstreams: ReadonlyMap<string, LaneUpstream>,
    { index, toxiproxy }: LaneOptions,
    owned: AsyncDisposableStack,
  ) {
    this.index = index;
    this.target = target;
    this.#upstreams = upstreams;
    this.#toxiproxy = toxiproxy;
    this.#owned = owned;
  }

  /** A visit of one scenario: its own faults, its own receipts, its own stretch of the ledgers. */
  async begin(strike: typeof strikeNetwork = strikeNetwork): Promise<LaneVisit> {
    if (this.#visit !== undefined && !this.#visit.isOver) {
      throw new OwnError('a lane was given to two scenarios at once');
    }
    this.#visit = await LaneVisit.begin(this.#upstreams, strike);
    return this.#visit;
  }

  /** Calls that no fixture has answered yet, over all fixtures that run. */
  async inFlight(): Promise<number> {
    const running = [...this.#upstreams.values()].filter(({ fixture }) => fixture.isRunning);
    const stats = await Promise.all(running.map(({ fixture }) => fixture.stats()));
    return stats.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /** Everything in the ledgers since the lane was opened. */
  async ledger(): Promise<readonly LedgerEntry[]> {
    const all = [...this.#upstreams.values()];
    return (await Promise.all(all.map(({ fixture }) => fixture.ledger.since(0)))).flat();
  }

  /** What of ours died unasked, in one sentence. */
  lostInstrument(): string | undefined {
    if (!this.#toxiproxy.alive) return 'Toxiproxy died in the middle';
    for (const [name, { fixture }] of this.#upstreams) {
      if (!fixture.alive) return `the fixture ${name} died in the middle`;
    }
    return undefined;
  }

  /** The target runs, and so does everything of ours. */
  isHealthy(): boolean {
    return this.lostInstrument() === undefined && !this.target.hasExited;
  }

  /** Idempotent. @throws if something of ours survives. */
  close(): Promise<void> {
    this.#closing ??= this.#owned.disposeAsync();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function openUpstream(
  name: string,
  options: LaneOptions,
  owned: AsyncDisposableStack,
): Promise<LaneUpstream> {
  const { ledgerDir, index, seed, signal, toxiproxy, plan } = options;
  const ledgerFile = join(ledgerDir, `lane${index}-${name}.jsonl`);
  const start = { ledgerFile, seed, signal };
  const fixture: CounterProcess = owned.use(
    await startCounter(name, options.upstreams[name] ?? {}, start),
  );
  const spec = {
    name: `lane${index}-${name}`,
    upstreamPort: fixture.port,
    ...(plan.upstreamPort !== undefined && { listenPort: plan.upstreamPort }),
  };
  return { fixture, proxy: owned.use(await UpstreamProxy.create(toxiproxy, spec)) };
}
