/** A target that runs already: nothing of it is ours but the sessions that we open. */

import { OwnError } from '../errors.ts';
import type { RunningTarget, TargetExit } from './target.ts';

export class EndpointTarget implements RunningTarget {
  readonly endpoint: URL;
  readonly hasExited = false;
  readonly exited = new Promise<TargetExit>(() => undefined);
  readonly #headersOf: (user: string | undefined) => Readonly<Record<string, string>>;

  constructor(
    endpoint: URL,
    headersOf: (user: string | undefined) => Readonly<Record<string, string>>,
  ) {
    this.endpoint = endpoint;
    this.#headersOf = headersOf;
  }

  headersOf(user: string | undefined): Readonly<Record<string, string>> {
    return this.#headersOf(user);
  }

  log(): readonly string[] {
    return [];
  }

  stop(): Promise<TargetExit> {
    return Promise.reject(new OwnError('a target that we did not start is not ours to stop'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not ours.
  }
}
