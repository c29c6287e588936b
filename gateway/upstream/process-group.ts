/**
 * One child process with everything that it starts: a process group of its own, ended as a whole.
 * Asked to end, it sees the end of its input, then SIGTERM, then SIGKILL. What is left of the group
 * when its first process is gone is killed: it could hold the pipes open for ever.
 */

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Failure } from '../jsonrpc/failure.ts';
import { settledWithin } from '../lifecycle/settled-within.ts';
import type { Log } from '../observe/log.ts';
import type { Definition } from './definition.ts';
import { MAX_ANSWER_BYTES } from './exchange.ts';
import { LineDecoder } from './line-decoder.ts';

export interface ProcessEvents {
  line(bytes: Buffer): void;
  /** It ended, or is of no use any more, and nobody asked for that. Called once, at most. */
  ended(detail: string): void;
}

/** All that a child gets of the gateway's own environment, which may hold secrets. */
const INHERITED = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'PATH', 'SHELL', 'TMPDIR', 'TZ', 'USER'];
/** Errors of `spawn` that the command has no part in. */
const EXHAUSTED = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);
/** What a child may leave unread. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;
/** How long the exit and the end of the pipes may lie apart, whichever comes first. */
const LAST_WORDS_MS = 200;
const MAX_LOGGED_CHARACTERS = 1_000;
const MAX_LOGGED_PER_SECOND = 100;

export class ProcessGroup {
  readonly startedAt = performance.now();
  readonly exited: Promise<void>;
  readonly #started = Promise.withResolvers<void>();
  readonly #name: string;
  readonly #log: Log;
  readonly #graceMs: number;
  readonly #events: ProcessEvents;
  readonly #child: ChildProcessWithoutNullStreams;
  #ending: Promise<void> | undefined;
  #isOver = false;
  #logged = { since: 0, lines: 0 };

  /**
   * `graceMs` is how long each of the three ways to end may take, in milliseconds.
   * @throws Failure
   */
  constructor(definition: Definition, events: ProcessEvents, log: Log, graceMs: number) {
    const { command, args, cwd, env, name } = definition;
    this.#name = name;
    this.#log = log;
    this.#graceMs = graceMs;
    this.#events = events;
    const inherited = INHERITED.map((key) => [key, process.env[key]] as const);
    try {
      this.#child = spawn(command, args, {
        detached: true,
        env: { ...Object.fromEntries(inherited), ...env },
        ...(cwd !== '' && { cwd }),
      });
    } catch (error) {
      throw notStarted(name, error as NodeJS.ErrnoException);
    }
    this.exited = this.#watch();
  }

  #watch(): Promise<void> {
    const child = this.#child;
    const { promise, resolve } = Promise.withResolvers<void>();
    const lines = new LineDecoder((line) => this.#events.line(line), MAX_ANSWER_BYTES);
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        lines.push(chunk);
      } catch {
        this.#over('its message is larger than the gateway takes');
      }
    });
    child.stdout.on('end', () => this.#overUnlessEnding('it closed its output'));
    child.stderr.on('data', (chunk: Buffer) => this.#logLines(chunk));
    child.stdin.on('error', () => this.#overUnlessEnding('it closed its input'));
    child.once('error', (error: NodeJS.ErrnoException) => {
      this.#started.reject(notStarted(this.#name, error));
      resolve();
    });
    child.once('spawn', this.#started.resolve);
    child.once('exit', (code, signal) => {
      this.signal('SIGKILL');
      const giveUp = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(giveUp);
        this.#over(`its process ended (${signal ?? `exit code ${code}`})`);
        resolve();
      });
    });
    return promise;
  }

  /** Rejects with a Failure when there is no such command, or it may not be run. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** The pipes of a process that ends close before its exit is known, which says more. */
  #overUnlessEnding(detail: string): void {
    setTimeout(() => this.#over(detail), LAST_WORDS_MS).unref();
  }

  #over(detail: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.ended(detail);
  }

  /** False when it has left too much unread for another message. */
  write(line: Buffer): boolean {
    const { stdin } = this.#child;
    const isFull = stdin.writableLength > MAX_BACKLOG_BYTES;
    if (isFull || !stdin.writable) return false;
    stdin.write(line);
    return true;
  }

  /** To the whole group. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in it.
    }
  }

  /** Ends it for certain. Rejects with a Failure when even SIGKILL has not ended it in time. */
  end(): Promise<void> {
    this.#isOver = true;
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#child.stdin.end();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (await settledWithin(this.exited, this.#graceMs)) return;
      this.signal(signal);
    }
    if (await settledWithin(this.exited, this.#graceMs)) return;
    throw new Failure('timeout', this.#name, 'its process did not end in time');
  }

  #logLines(chunk: Buffer): void {
    for (const line of chunk.toString().split('\n')) {
      if (line.trim() === '') continue;
      const now = performance.now();
      if (now - this.#logged.since > 1_000) this.#logged = { since: now, lines: 0 };
      this.#logged.lines += 1;
      if (this.#logged.lines > MAX_LOGGED_PER_SECOND) return;
      const said = line.slice(0, MAX_LOGGED_CHARACTERS);
      this.#log.info({ upstream: this.#name, pid: this.#child.pid, said }, 'standard error');
    }
  }
}

function notStarted(upstream: string, { code = '' }: NodeJS.ErrnoException): Failure {
  const kind = EXHAUSTED.has(code) ? 'exhausted' : 'unreachable';
  return new Failure(kind, upstream, `its command cannot be started (${code})`);
}
