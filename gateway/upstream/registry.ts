/**
 * Who owns which upstream session: one owner for each pair of a downstream session and an upstream,
 * never shared, whatever the user, the credential or the URL.
 */

import { asFailure, Failure } from '../jsonrpc/failure.ts';
import { UpstreamOwner, type Downstream, type OwnerDeps } from './owner.ts';
import type { UpstreamSession } from './session.ts';
import type { Upstream } from './upstream.ts';

export type EvictionReason =
  'deleted' | 'disconnected' | 'expired' | 'revoked' | 'lost' | 'changed' | 'removed' | 'shutdown';

export class UpstreamRegistry {
  protected readonly owners = new Map<string, UpstreamOwner>();
  /** Evictions that are not over yet, whoever asked for them. */
  readonly #ending = new Set<Promise<void>>();
  /** By the upstream's name: a key is made once, not for each call. */
  readonly #keysOf = new Map<Downstream, Map<string, string>>();
  readonly #deps: OwnerDeps;

  constructor(deps: OwnerDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.owners.size;
  }

  /** What an upstream session is kept under. */
  keyOf(downstream: Downstream, upstream: Upstream): string {
    return `${downstream.id} ${upstream.name}`;
  }

  /** The owner for this pair; it opens nothing yet. */
  ownerOf(downstream: Downstream, upstream: Upstream): UpstreamOwner {
    const key = this.#keyFor(downstream, upstream);
    let owner = this.owners.get(key);
    if (owner === undefined) {
      owner = this.createOwner(downstream, upstream);
      this.owners.set(key, owner);
    }
    return owner;
  }

  #keyFor(downstream: Downstream, upstream: Upstream): string {
    let keys = this.#keysOf.get(downstream);
    if (keys === undefined) this.#keysOf.set(downstream, (keys = new Map()));
    let key = keys.get(upstream.name);
    if (key === undefined) keys.set(upstream.name, (key = this.keyOf(downstream, upstream)));
    return key;
  }

  protected createOwner(downstream: Downstream, upstream: Upstream): UpstreamOwner {
    return new UpstreamOwner(downstream, upstream, this.#deps);
  }

  /** A session to send the next request on. */
  sessionFor(
    downstream: Downstream,
    upstream: Upstream,
  ): UpstreamSession | Promise<UpstreamSession> {
    return this.ownerOf(downstream, upstream).ready();
  }

  /** The sessions of this downstream session that are open now. */
  openSessions(downstream: Downstream): readonly UpstreamSession[] {
    const open: UpstreamSession[] = [];
    for (const key of this.#keysOf.get(downstream)?.values() ?? []) {
      const session = this.owners.get(key)?.current;
      if (session) open.push(session);
    }
    return open;
  }

  /** Ends everything that belongs to a downstream session, after `drainMs` for calls under way. */
  async evictDownstream(
    downstream: Downstream,
    reason: EvictionReason,
    drainMs: number,
  ): Promise<void> {
    const keys = this.#keysOf.get(downstream)?.values() ?? [];
    this.#keysOf.delete(downstream);
    await this.evictAll([...keys], reason, drainMs);
  }

  /** Ends all sessions with an upstream, after `drainMs` for calls under way. */
  async evictUpstream(upstream: Upstream, reason: EvictionReason, drainMs: number): Promise<void> {
    const concerned = [...this.owners].filter(([, owner]) => owner.upstream === upstream);
    const keys = concerned.map(([key]) => key);
    const evicted = this.evictAll(keys, reason, drainMs);
    for (const [, owner] of concerned) {
      if (owner.hadState) this.#deps.onLost(owner.downstream, upstream);
    }
    await evicted;
  }

  /** Ends everything. */
  async closeAll(): Promise<void> {
    await this.evictAll([...this.owners.keys()], 'shutdown', 0);
  }

  /**
   * In parallel: one that fails is logged and stops none of the others. What was being ended before,
   * for whatever reason, is waited for: calls under way there need the upstream's sockets as much.
   */
  protected async evictAll(
    keys: readonly string[],
    reason: EvictionReason,
    drainMs: number,
  ): Promise<void> {
    const ending = Promise.all(keys.map((key) => this.evict(key, reason, drainMs))).then(() => {
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
    await Promise.all(this.#ending);
  }

  /** Ends one; never rejects. */
  protected async evict(key: string, reason: EvictionReason, drainMs: number): Promise<void> {
    const owner = this.owners.get(key);
    if (owner === undefined) return;
    this.owners.delete(key);
    this.#deps.metrics.evicted(reason);
    const upstream = owner.upstream.name;
    try {
      if (drainMs > 0) await owner.drain(drainMs);
      await owner.close(endedBecause(reason, upstream));
    } catch (error) {
      this.#deps.metrics.abandoned += 1;
      const fields = { upstream, reason, error: asFailure(error, upstream).message };
      this.#deps.log.warn(fields, 'an upstream session could not be ended, it is left behind');
    }
  }
}

function endedBecause(reason: EvictionReason, upstream: string): Failure {
  const details: Readonly<Record<EvictionReason, string>> = {
    deleted: 'the session was deleted by its client',
    disconnected: 'its client disconnected',
    expired: 'the session expired',
    revoked: 'its user may use it no more',
    lost: 'the session with it was lost',
    changed: 'its configuration was changed, the session with it was ended',
    removed: 'it was removed from the gateway',
    shutdown: 'the gateway is shutting down',
  };
  return new Failure('ended', upstream, details[reason]);
}
