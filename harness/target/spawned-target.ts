/** A target that we started: its process, its folder, and how to talk to it. */

import { rm } from 'node:fs/promises';
import type { OwnedProcess, ProcessExit } from '../lifecycle/owned-process.ts';
import { groupIsAlive } from '../lifecycle/process-group.ts';
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
  #isEndedByUs = false;
  #unasked: ProcessExit | undefined;

  constructor(parts: SpawnedParts) {
    this.#parts = parts;
    this.endpoint = parts.endpoint;
    this.pid = parts.process.pid;
    if (parts.admin !== undefined) this.admin = parts.admin;
    void parts.process.exited.then((exit) => {
      if (!this.#isEndedByUs) this.#unasked = exit;
    });
    this.exited = parts.process.exited.then(({ code, signal }) => ({ code, signal, afterMs: 0 }));
  }

  headersOf(user: string | undefined): Readonly<Record<string, string>> {
    return this.#parts.headersOf(user);
  }

  get hasExited(): boolean {
    return this.#parts.process.exit !== undefined;
  }

  get death(): ProcessExit | undefined {
    // A shell that started it in the background and ended has not ended it.
    if (this.#unasked === undefined || groupIsAlive(this.pid)) return undefined;
    return this.#unasked;
  }

  log(): readonly string[] {
    return [...this.#parts.notes, ...this.#parts.process.log];
  }

  stop(forceAfterMs: number): Promise<TargetExit> {
    this.#isEndedByUs = true;
    this.#stopping ??= this.#parts.process
      .stop('SIGTERM', forceAfterMs)
      .then(({ atMs: _atMs, ...exit }) => exit);
    return this.#stopping;
  }

  /** SIGKILL: an orderly end is the business of the scenarios about it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEndedByUs = true;
    await this.#parts.process[Symbol.asyncDispose]();
    await rm(this.#parts.instanceDir, { recursive: true, force: true });
    for (const port of this.#parts.ports) releasePort(port);
  }
}
