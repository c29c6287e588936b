/** A target that we started: its process, its folder, and how to talk to it. */

import { rm } from 'node:fs/promises';
import type { OwnedProcess } from '../lifecycle/owned-process.ts';
import { releasePort } from '../lifecycle/free-port.ts';
import type { RunningTarget, TargetAdmin, TargetExit } from './target.ts';

export interface SpawnedParts {
  readonly process: OwnedProcess;
  readonly endpoint: URL;
  readonly admin?: TargetAdmin;
  headersOf(user: string | undefined): Readonly<Record<string, string>>;
  /** Ports that were picked for it. */
  readonly ports: readonly number[];
  readonly instanceDir: string;
  /** What its module had to say while it provisioned. */
  readonly notes: readonly string[];
}

export class SpawnedTarget implements RunningTarget {
  readonly endpoint: URL;
  readonly pid: number;
  readonly admin?: TargetAdmin;
  readonly exited: Promise<TargetExit>;
  readonly #parts: SpawnedParts;
  #stopping: Promise<TargetExit> | undefined;

  constructor(parts: SpawnedParts) {
    this.#parts = parts;
    this.endpoint = parts.endpoint;
    this.pid = parts.process.pid;
    if (parts.admin !== undefined) this.admin = parts.admin;
    this.exited = parts.process.exited.then(({ code, signal }) => ({ code, signal, afterMs: 0 }));
  }

  headersOf(user: string | undefined): Readonly<Record<string, string>> {
    return this.#parts.headersOf(user);
  }

  get hasExited(): boolean {
    return this.#parts.process.exit !== undefined;
  }

  log(): readonly string[] {
    return [...this.#parts.notes, ...this.#parts.process.log];
  }

  stop(forceAfterMs: number): Promise<TargetExit> {
    this.#stopping ??= this.#parts.process
      .stop('SIGTERM', forceAfterMs)
      .then(({ atMs: _atMs, ...exit }) => exit);
    return this.#stopping;
  }

  /** SIGKILL: an orderly end is the business of the scenarios about it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.process[Symbol.asyncDispose]();
    await rm(this.#parts.instanceDir, { recursive: true, force: true });
    for (const port of this.#parts.ports) releasePort(port);
  }
}
