/** Who is asking. Tokens are kept and compared as digests, so that no comparison leaks their bytes. */

import { hash } from 'node:crypto';

export interface User {
  readonly name: string;
  /** The upstreams that this user may use; undefined for all. */
  readonly upstreams: readonly string[] | undefined;
}

export interface UserDefinition {
  readonly name: string;
  readonly token: string;
  readonly upstreams?: readonly string[] | undefined;
}

const ANONYMOUS: User = { name: 'anonymous', upstreams: undefined };

export class Users {
  readonly #byDigest = new Map<string, User>();

  /** Without any user everybody is anonymous. */
  constructor(definitions: readonly UserDefinition[]) {
    for (const { name, token, upstreams } of definitions) {
      this.#byDigest.set(hash('sha256', token), { name, upstreams });
    }
  }

  /** Undefined for a missing or unknown token. */
  identify(authorization: string | undefined): User | undefined {
    if (this.#byDigest.size === 0) return ANONYMOUS;
    if (authorization === undefined || !/^bearer /i.test(authorization)) return undefined;
    return this.#byDigest.get(hash('sha256', authorization.slice(7).trim()));
  }

  mayUse(user: User, upstream: string): boolean {
    return user.upstreams === undefined || user.upstreams.includes(upstream);
  }
}
