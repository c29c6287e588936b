/** The sessions of clients: made, found again by their owner only, expired. */

import { randomUUID } from 'node:crypto';
import { DownstreamSession, type SessionOrigin } from './session.ts';
import type { User } from './users.ts';

export interface SessionLimits {
  /** How many there may be at a time. */
  readonly maxSessions: number;
  /** Unused for that long, in milliseconds, a session expires. */
  readonly idleMs: number;
}

export class Sessions implements Disposable {
  readonly #byId = new Map<string, DownstreamSession>();
  readonly #limits: SessionLimits;
  readonly #timer: NodeJS.Timeout;

  constructor(limits: SessionLimits, expire: (session: DownstreamSession) => void) {
    this.#limits = limits;
    const everyMs = Math.min(5_000, Math.max(10, limits.idleMs / 4));
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

  /** Undefined when there are as many as there may be. */
  create(origin: Omit<SessionOrigin, 'id'>): DownstreamSession | undefined {
    if (this.#byId.size >= this.#limits.maxSessions) return undefined;
    const session = new DownstreamSession({ ...origin, id: randomUUID() });
    this.#byId.set(session.id, session);
    return session;
  }

  /** The session of that id at that endpoint, if it is this user's. */
  find(id: string, endpoint: string, user: User): DownstreamSession | undefined {
    const session = this.#byId.get(id);
    if (session === undefined || session.endpoint !== endpoint) return undefined;
    return this.belongsTo(session, user) ? session : undefined;
  }

  /** A session id is no credential: only the user who opened it may use it. */
  belongsTo(session: DownstreamSession, user: User): boolean {
    return session.user.name === user.name;
  }

  /** The id is unknown from now on. False when it was before. */
  remove(session: DownstreamSession): boolean {
    return this.#byId.delete(session.id);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sweep(expire: (session: DownstreamSession) => void): void {
    const now = performance.now();
    for (const session of this.#byId.values()) {
      if (session.isIdle(now, this.#limits.idleMs)) expire(session);
    }
  }
}
