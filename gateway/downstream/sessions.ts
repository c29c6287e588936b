/** The sessions of clients: made, found again by their owner only, expired. */

import { randomUUID } from 'node:crypto';
import { DownstreamSession, type SessionOrigin } from './session.ts';
import type { User } from './users.ts';

/** Looked at anew each time, so that a change of them takes hold. */
export interface SessionLimits {
  /** How many there may be at a time. */
  readonly maxSessions: number;
  /** How many of one user; undefined for as many as there may be. */
  readonly maxSessionsPerUser?: number | undefined;
  /** Unused for that long, in milliseconds, a session expires. */
  readonly sessionIdleMs: number;
}

export type Full = 'full' | 'full-for-user';

export class Sessions implements Disposable {
  readonly #byId = new Map<string, DownstreamSession>();
  /** Ended, with calls under way whose upstream may still want a word of the client. */
  readonly #finishing = new Map<string, DownstreamSession>();
  readonly #counts = new Map<string, number>();
  readonly #limits: SessionLimits;
  readonly #timer: NodeJS.Timeout;

  constructor(limits: SessionLimits, expire: (session: DownstreamSession) => void) {
    this.#limits = limits;
    const everyMs = Math.min(5_000, Math.max(10, limits.sessionIdleMs / 4));
    this.#timer = setInterval(() => this.#sweep(expire), everyMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): readonly DownstreamSession[] {
    return [...this.#byId.values()];
  }

  byId(id: string): DownstreamSession | undefined {
    return this.#byId.get(id);
  }

  /** A new one, or why there cannot be another. */
  create(origin: Omit<SessionOrigin, 'id'>): DownstreamSession | Full {
    const { maxSessions, maxSessionsPerUser = maxSessions } = this.#limits;
    const count = this.#counts.get(origin.user.name) ?? 0;
    if (this.#byId.size >= maxSessions) return 'full';
    if (count >= maxSessionsPerUser) return 'full-for-user';
    const session = new DownstreamSession({ ...origin, id: randomUUID() });
    this.#byId.set(session.id, session);
    this.#counts.set(session.user.name, count + 1);
    return session;
  }

  /**
   * The session of that id at that endpoint, if it is this user's, and the user may still use what is
   * behind it. Which of the user's tokens opened it is of no interest; the one used now decides. One
   * that has ended is found for as long as it finishes.
   */
  find(id: string, endpoint: string, user: User): DownstreamSession | undefined {
    const session = this.#byId.get(id) ?? this.#finishing.get(id);
    if (session === undefined || session.endpoint !== endpoint) return undefined;
    if (session.user === user) return session;
    if (!this.belongsTo(session, user)) return undefined;
    const isBarred =
      session.pinned !== undefined && user.upstreams?.includes(session.pinned) === false;
    return isBarred ? undefined : session;
  }

  /** A session id is no credential: only the user who opened it may use it. */
  belongsTo(session: DownstreamSession, user: User): boolean {
    return session.user.name === user.name;
  }

  /** The id is unknown from now on. False when it was before. */
  remove(session: DownstreamSession): boolean {
    if (!this.#byId.delete(session.id)) return false;
    const { name } = session.user;
    const left = (this.#counts.get(name) ?? 1) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
    return true;
  }

  /** Keeps one that was removed to be found until that is over; it counts among none. */
  async finish(session: DownstreamSession, isOver: Promise<void>): Promise<void> {
    this.#finishing.set(session.id, session);
    await isOver;
    this.#finishing.delete(session.id);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sweep(expire: (session: DownstreamSession) => void): void {
    const now = performance.now();
    for (const session of this.#byId.values()) {
      if (session.isIdle(now, this.#limits.sessionIdleMs)) expire(session);
    }
  }
}
