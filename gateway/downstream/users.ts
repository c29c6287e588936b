/**
 * Who is asking. Tokens are kept and compared as digests, so that no comparison leaks their bytes. A
 * static token or a JWT that was verified before costs one digest; a new JWT is verified first. Only
 * with what the same connection sent last is a token compared as it is.
 */

import { hash } from 'node:crypto';
import type { SparseLog } from '../observe/sparse-log.ts';
import { JwtVerifier, type JwtSettings, type Verified } from './jwt.ts';

/** Somebody, as one token of theirs proves. A session belongs to the name, not to the token. */
export interface User {
  readonly name: string;
  /** The upstreams that this user may use; undefined for all. */
  readonly upstreams: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Of the token; "" for nobody in particular. */
  readonly digest: string;
  /** For a JWT, what it says, and who found that true. */
  readonly verified: Verified | undefined;
  readonly verifier?: JwtVerifier;
}

export interface UserSettings {
  readonly users: readonly {
    readonly name: string;
    readonly token: string;
    readonly upstreams?: readonly string[] | undefined;
  }[];
  readonly jwt?: JwtSettings | undefined;
  /** The `jti` of JWTs that are valid no more. */
  readonly revokedTokens: readonly string[];
}

/** "expired": another token is needed. "gone": there is no such user any more, or with other rights. */
export type Standing = 'good' | 'expired' | 'gone';

/** Verified JWTs that are remembered; the oldest is forgotten, which costs a verification. */
const MAX_VERIFIED = 10_000;

const ANONYMOUS: User = {
  name: 'anonymous',
  upstreams: undefined,
  expiresAt: Infinity,
  digest: '',
  verified: undefined,
};

/** What a connection sent last, so that only a change is digested. What it is worth is looked up each time. */
interface Proof {
  readonly authorization: string;
  readonly digest: string;
}

export class Users {
  readonly #log: SparseLog;
  readonly #verified = new Map<string, User>();
  readonly #proofs = new WeakMap<object, Proof>();
  #byDigest: ReadonlyMap<string, User> = new Map();
  #names: ReadonlyMap<string, User> = new Map();
  #revoked: ReadonlySet<string> = new Set();
  #jwtSettings = '';
  #jwt: JwtVerifier | undefined;

  constructor(settings: UserSettings, log: SparseLog) {
    this.#log = log;
    this.replace(settings);
  }

  /** From now on these. Without any user and without JWT everybody is anonymous. */
  replace({ users, jwt, revokedTokens }: UserSettings): void {
    const all = users.map(({ name, token, upstreams }): User => {
      const digest = hash('sha256', token);
      return { name, upstreams, expiresAt: Infinity, digest, verified: undefined };
    });
    this.#byDigest = new Map(all.map((user) => [user.digest, user]));
    this.#names = new Map(all.map((user) => [user.name, user]));
    this.#revoked = new Set(revokedTokens);
    this.#verified.clear();
    const jwtSettings = JSON.stringify(jwt) ?? '';
    // Keys that were fetched stay good while the settings do.
    if (jwtSettings === this.#jwtSettings) return;
    this.#jwtSettings = jwtSettings;
    this.#jwt = jwt && new JwtVerifier(jwt, this.#log);
  }

  /**
   * Undefined for a missing, unknown, expired or revoked token. A promise only for a JWT that was not
   * seen before; it rejects with KeysUnavailable. `connection` is where the request came in.
   */
  identify(
    authorization: string | undefined,
    connection: object = {},
  ): User | undefined | Promise<User | undefined> {
    if (this.#isOpen) return ANONYMOUS;
    const known = this.#proofs.get(connection);
    if (known !== undefined && known.authorization === authorization) {
      const user = this.#userOf(known.digest);
      if (user !== undefined) return user.expiresAt > Date.now() ? user : undefined;
    }
    if (authorization === undefined || !/^bearer /i.test(authorization)) return undefined;
    const token = authorization.slice(7).trim();
    const digest = hash('sha256', token);
    const user = this.#userOf(digest);
    if (user !== undefined) {
      this.#proofs.set(connection, { authorization, digest });
      return user.expiresAt > Date.now() ? user : undefined;
    }
    const isJwt = this.#jwt !== undefined && token.split('.', 4).length === 3;
    return isJwt ? this.#verify(this.#jwt as JwtVerifier, token, digest) : undefined;
  }

  #userOf(digest: string): User | undefined {
    return this.#byDigest.get(digest) ?? this.#verified.get(digest);
  }

  /** What became of somebody who was let in before. */
  standing(user: User): Standing {
    if (user === ANONYMOUS) return this.#isOpen ? 'good' : 'gone';
    if (user.verified !== undefined) {
      if (this.#jwt === undefined) return 'gone';
      const isOver = user.expiresAt <= Date.now() || this.#isRevoked(user.verified);
      return isOver || user.verifier !== this.#jwt ? 'expired' : 'good';
    }
    const now = this.#names.get(user.name);
    if (now === undefined || String(now.upstreams) !== String(user.upstreams)) return 'gone';
    return now.digest === user.digest ? 'good' : 'expired';
  }

  mayUse(user: User, upstream: string): boolean {
    return user.upstreams === undefined || user.upstreams.includes(upstream);
  }

  get #isOpen(): boolean {
    return this.#jwt === undefined && this.#byDigest.size === 0;
  }

  #isRevoked({ jti }: Verified): boolean {
    return jti !== undefined && this.#revoked.has(jti);
  }

  async #verify(jwt: JwtVerifier, token: string, digest: string): Promise<User | undefined> {
    const verified = await jwt.verify(token);
    // Whatever was replaced meanwhile decides, not what was there when the token came.
    if (verified === undefined || jwt !== this.#jwt || this.#isRevoked(verified)) return undefined;
    const { name, upstreams, expiresAt } = verified;
    const user = { name, upstreams, expiresAt, digest, verified, verifier: jwt };
    const [oldest] = this.#verified.keys();
    if (this.#verified.size >= MAX_VERIFIED && oldest !== undefined) this.#verified.delete(oldest);
    this.#verified.set(digest, user);
    return user;
  }
}
