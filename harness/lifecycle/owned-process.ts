/**
 * A child process that we own: in a process group of its own, its output always drained into a
 * bounded log, and gone with everything it started once this is disposed.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { OwnError } from '../errors.ts';
import { nowMs } from './clock.ts';
import { until, within } from './deadline.ts';
import { describeExit } from './describe-exit.ts';
import { disownGroup, ownGroup, signalGroup } from './group-registry.ts';
import { LineLog } from './line-log.ts';
import { groupIsAlive, livingMembers } from './process-group.ts';

export interface ProcessSpec {
  /** How errors name it. */
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** How many lines of output are kept. Default 500. */
  readonly logLines?: number;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** On the machine's monotonic clock. */
  readonly atMs: number;
}

/** What of a process group lived on when the process that was started had ended. */
export interface Outlived {
  /** Who was seen last; empty where there is no /proc. */
  readonly pids: readonly number[];
  /** From the first signal to the end of the process that was started, in milliseconds. */
  readonly leaderAfterMs: number;
  /** They were still there when the time was over, and SIGKILL ended them. */
  readonly isKilled: boolean;
}

/** Code and signal are those of the process that was started. */
export interface StoppedProcess extends ProcessExit {
  /** From the first signal to the end of the last process of the group, in milliseconds. */
  readonly afterMs: number;
  readonly outlived?: Outlived;
}

const KILL_TIMEOUT_MS = 5000;
const OUTPUT_GRACE_MS = 500;

export class OwnedProcess implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #log: LineLog;
  #exit: ProcessExit | undefined;
  #closed = false;
  #disposed: Promise<void> | undefined;

  /** @throws the system's error (code ENOENT, EACCES …) when the file cannot be started. */
  static async spawn(spec: ProcessSpec): Promise<OwnedProcess> {
    const child = spawn(spec.file, spec.args ?? [], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...spec.env },
      ...(spec.cwd !== undefined && { cwd: spec.cwd }),
    });
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw error;
    }
    return new OwnedProcess(spec, child, child.pid);
  }

  private constructor(spec: ProcessSpec, child: ChildProcess, pid: number) {
    this.name = spec.name;
    this.pid = pid;
    this.#child = child;
    ownGroup(pid);
    this.#log = new LineLog(spec.logLines ?? 500);
    if (child.stdout) this.#log.drain(child.stdout);
    if (child.stderr) this.#log.drain(child.stderr);
    child.on('error', () => undefined);
    child.on('close', () => (this.#closed = true));
    this.exited = new Promise((resolve) => {
      // 'exit' and not 'close': a grandchild may hold the pipes open for ever.
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal, atMs: nowMs() };
        resolve(this.#exit);
      });
    });
  }

  /** How it ended; undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Lines of both outputs so far, oldest first. */
  get log(): readonly string[] {
    return this.#log.lines;
  }

  /** The log after the process ended, with what was still in the pipes. */
  async finalLog(): Promise<readonly string[]> {
    await this.exited;
    if (!this.#closed) {
      await Promise.race([
        once(this.#child, 'close'),
        new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS).unref()),
      ]);
    }
    return this.log;
  }

  /**
   * The first value that `match` makes of a line, past or to come.
   * @throws {OwnError} when the process ends or `timeoutMs` pass first, with the last lines of its log.
   */
  async line<T>(
    timeoutMs: number,
    what: string,
    match: (line: string) => T | undefined,
    signal?: AbortSignal,
  ): Promise<T> {
    const found = Promise.withResolvers<T>();
    const look = (line: string): void => {
      const value = match(line);
      if (value !== undefined) found.resolve(value);
    };
    const stopListening = this.#log.listen(look);
    this.#log.lines.forEach(look);
    const gone = this.finalLog().then(() => undefined);
    try {
      const value = await within(timeoutMs, what, Promise.race([found.promise, gone]), signal);
      if (value === undefined) throw new Error(`it ended with ${describeExit(this.#exit)}`);
      return value;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new OwnError(`${this.name} gave no sign of ${what}: ${reason}${this.#tail()}`);
    } finally {
      stopListening();
    }
  }

  /** To the process alone, not to its group. False when it is gone. */
  signal(signal: NodeJS.Signals): boolean {
    return this.#exit === undefined && this.#child.kill(signal);
  }

  /** To the whole group. False when it is gone. */
  signalGroup(signal: NodeJS.Signals): boolean {
    return signalGroup(this.pid, signal);
  }

  /**
   * Signals the process, and its whole group with SIGKILL if anybody of it is still there
   * `forceAfterMs` later. A shell that ends and leaves behind what it started has not stopped it.
   */
  async stop(signal: NodeJS.Signals, forceAfterMs: number): Promise<StoppedProcess> {
    const startMs = nowMs();
    let isKilled = false;
    // A stopped process takes no signal but SIGKILL before it is continued.
    this.signalGroup('SIGCONT');
    this.signal(signal);
    const timer = setTimeout(() => (isKilled = this.signalGroup('SIGKILL')), forceAfterMs);
    try {
      const timeoutMs = forceAfterMs + KILL_TIMEOUT_MS;
      const exit = await within(timeoutMs, `the end of ${this.name}`, this.exited);
      const leaderAfterMs = Math.max(0, exit.atMs - startMs);
      const isKilledTogether = isKilled;
      const pids = await this.#leftBehind(timeoutMs);
      if (pids === undefined || isKilledTogether) return { ...exit, afterMs: leaderAfterMs };
      const outlived = { pids, leaderAfterMs, isKilled };
      return { ...exit, afterMs: nowMs() - startMs, outlived };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the end of whoever outlived the process itself; undefined: nobody did. */
  async #leftBehind(timeoutMs: number): Promise<readonly number[] | undefined> {
    let seen: readonly number[] | undefined;
    await until(timeoutMs, `the end of the group of ${this.name}`, () => {
      if (!groupIsAlive(this.pid)) return true;
      const now = livingMembers(this.pid) ?? [];
      if (seen === undefined || now.length > 0) seen = now;
      return false;
    });
    return seen;
  }

  /** SIGKILL to the whole group. @throws {OwnError} when somebody in it survives. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.signalGroup('SIGKILL');
    try {
      await within(KILL_TIMEOUT_MS, `the end of ${this.name}`, this.exited);
      // The leader is gone, and whoever was forked between the two signals is not.
      this.signalGroup('SIGKILL');
      await until(KILL_TIMEOUT_MS, `the end of the group`, () => !groupIsAlive(this.pid));
    } catch (error) {
      throw new OwnError(`${this.name} (pid ${this.pid}) survived SIGKILL`, { cause: error });
    }
    disownGroup(this.pid);
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #tail(): string {
    const lines = this.log.slice(-10);
    return lines.length === 0 ? ' (no output)' : `\n  ${lines.join('\n  ')}`;
  }
}
