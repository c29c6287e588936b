/**
 * The owner of one downstream session's session with one upstream. It opens it once however many
 * callers wait, replaces it once when it is broken, and ends it. What a caller does meanwhile (gives
 * up, fails, leaves) changes nothing here.
 */

import { asFailure, Failure } from '../jsonrpc/failure.ts';
import { settledWithin } from '../lifecycle/settled-within.ts';
import type { Message } from '../jsonrpc/message.ts';
import type { SparseLog } from '../observe/sparse-log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PassedHeaders } from './passed-headers.ts';
import type { Probe } from './probe.ts';
import type { Definition } from './definition.ts';
import type { SessionClass, SessionHost, UpstreamSession } from './session.ts';
import type { Upstream } from './upstream.ts';

/** The side of a downstream session that upstream sessions depend on. */
export interface Downstream {
  /** Names it in memory; never sent upstream, never logged. */
  readonly id: string;
  /** The client's `initialize`, sent to each upstream as it came: its capabilities, its version. */
  readonly initialize: Message;
  /** Headers of the client's latest request that may go along; for what no call is the cause of. */
  readonly passed: PassedHeaders;
  /** The gateways that it passed before this one. */
  readonly via: readonly string[];
}

export interface OwnerDeps {
  readonly transports: Readonly<Record<Definition['transport'], SessionClass>>;
  readonly host: SessionHost;
  readonly probe: Probe;
  readonly log: SparseLog;
  readonly metrics: Metrics;
  /** Bounds opening a session, in milliseconds. */
  readonly openTimeoutMs: number;
  onOpened(downstream: Downstream, session: UpstreamSession, isFirst: boolean): Promise<void>;
  /** The upstream session's state is gone, and nobody asked for that. */
  onLost(downstream: Downstream, upstream: Upstream): void;
}

export class UpstreamOwner {
  readonly downstream: Downstream;
  readonly upstream: Upstream;
  readonly #deps: OwnerDeps;
  #session: UpstreamSession | undefined;
  #opening: Promise<UpstreamSession> | undefined;
  #beingOpened: UpstreamSession | undefined;
  #probing: Promise<UpstreamSession> | undefined;
  #openedOnce = false;
  #closed: Failure | undefined;

  constructor(downstream: Downstream, upstream: Upstream, deps: OwnerDeps) {
    this.downstream = downstream;
    this.upstream = upstream;
    this.#deps = deps;
  }

  /** True once a session was asked for, so that there is state to lose. */
  get hadState(): boolean {
    return this.#openedOnce || this.#opening !== undefined;
  }

  /** The open session, if there is one that may be used. */
  get current(): UpstreamSession | undefined {
    return this.#session?.isUsable() === true ? this.#session : undefined;
  }

  /** A session that may be used: the open one at once, otherwise when it is probed or opened. */
  ready(): UpstreamSession | Promise<UpstreamSession> {
    const session = this.current;
    if (session === undefined) return this.open();
    if (this.#probing !== undefined || session.needsProbe()) return this.#probed(session);
    this.#deps.metrics.reuses += 1;
    return session;
  }

  /** Opens a session, together with whoever else is waiting for one. */
  open(): Promise<UpstreamSession> {
    this.#opening ??= this.openAlone().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Opens a session, regardless of any other. */
  protected async openAlone(): Promise<UpstreamSession> {
    if (this.#closed !== undefined) throw this.#closed;
    const Session = this.#deps.transports[this.upstream.definition.transport];
    const onLost = (): void => this.#deps.onLost(this.downstream, this.upstream);
    const session = new Session(this.upstream, this.#deps.host, onLost, this.downstream);
    this.#beingOpened = session;
    const late = setTimeout(() => {
      session.failAll(
        new Failure('timeout', this.upstream.name, 'no answer to initialize in time'),
      );
    }, this.#deps.openTimeoutMs);
    try {
      await session.open(this.downstream.initialize);
      this.#deps.metrics.creates += 1;
      if (this.#closed === undefined) {
        await this.#deps.onOpened(this.downstream, session, !this.#openedOnce);
      }
    } catch (error) {
      const failure = asFailure(error, this.upstream.name);
      this.#endQuietly(session, failure);
      throw failure;
    } finally {
      clearTimeout(late);
    }
    await this.#endIfUnwanted(session);
    // The one before it was given up somewhere on the way here.
    if (this.#openedOnce) this.#deps.metrics.evicted('lost');
    this.#session = session;
    this.#openedOnce = true;
    return session;
  }

  /** Whoever ended this owner meanwhile must find nothing left of what was being opened. */
  async #endIfUnwanted(session: UpstreamSession): Promise<void> {
    if (this.#closed === undefined) return;
    await session.terminate(this.#closed).catch(() => {});
    throw this.#closed;
  }

  #probed(session: UpstreamSession): Promise<UpstreamSession> {
    this.#probing ??= this.#probe(session).finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #probe(session: UpstreamSession): Promise<UpstreamSession> {
    const { log, metrics, probe } = this.#deps;
    const upstream = this.upstream.name;
    const health = await probe.check(session);
    metrics.probed(health);
    if (health === 'healthy') {
      session.proven();
      return session;
    }
    log.warn({ upstream, health }, 'an idle upstream session failed its health probe');
    if (health === 'error') {
      session.proven();
      throw new Failure('refused', upstream, 'it answered a health probe with an unexpected error');
    }
    session.retire();
    this.#session = undefined;
    this.#endQuietly(session, new Failure('ended', upstream, 'the session did not answer'));
    this.#deps.onLost(this.downstream, this.upstream);
    const detail = 'its session did not survive being idle, its state is lost';
    throw new Failure('lost', upstream, detail);
  }

  /** Ends a session that nobody is given any more, without anyone waiting for it. */
  #endQuietly(session: UpstreamSession, why: Failure): void {
    session.terminate(why).catch((error: unknown) => {
      this.#deps.metrics.abandoned += 1;
      const fields = { upstream: why.upstream, error: asFailure(error, why.upstream).message };
      this.#deps.log.warn(
        fields,
        'a broken upstream session could not be ended, it is left behind',
      );
    });
  }

  /**
   * Ends the session, now and for ever; also one that is being opened. Rejects when the upstream did
   * not agree. The caller bounds the wait.
   */
  async close(why: Failure): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#closed = why;
    const session = this.#session;
    this.#session = undefined;
    await session?.terminate(why);
    if (this.#opening !== undefined) this.#beingOpened?.stopOpening(why);
    await this.#opening?.catch(() => {});
  }

  /** Lets calls under way finish, for at most `ms`, before `close`. Nothing new is started. */
  async drain(ms: number): Promise<void> {
    const until = performance.now() + ms;
    // Whoever waits for a session that is being opened is under way, too.
    if (this.#opening !== undefined) await settledWithin(this.#opening, ms);
    const session = this.#session;
    if (session === undefined) return;
    session.retire();
    const isOver = (): boolean => session.inFlight === 0 || performance.now() >= until;
    while (!isOver()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
