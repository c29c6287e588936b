/**
 * One user's life: a session of its own, increments one after the other with time to think in
 * between, every answer checked, a new session where the loss of the old one was told, and DELETE
 * at the end. What went wrong is written down as it happens, and one line when it is over.
 */

import { sleep } from 'k6';
import { tellsLoss } from '../../../harness/history/loss.ts';
import { resultPayload } from '../../../harness/wire/payload.ts';
import { findTool } from '../../../harness/wire/tool-finder.ts';
import type { ErrorCause, ErrorLine, LoadLine, UserOp } from './lines.ts';
import { McpSession, type Timed } from './mcp-session.ts';
import { OwnCounter } from './own-counter.ts';
import type { LoadSettings, UserGroup } from './settings.ts';

/** After an error a user waits at least this long: nobody hammers what is broken. */
const PAUSE_AFTER_ERROR_MS = 100;

export interface LifeOptions {
  readonly user: string;
  readonly group: UserGroup;
  readonly headers: Readonly<Record<string, string>>;
  readonly settings: LoadSettings;
  readonly random: () => number;
  /** Wall clock in milliseconds. */
  readonly endMs: number;
  readonly write: (line: LoadLine) => void;
  /** Told the duration of every answered increment, in milliseconds. */
  readonly answered: (durationMs: number) => void;
}

interface OpenSession {
  readonly mcp: McpSession;
  /** The target's name of the increment, once it is found. */
  tool: string | undefined;
}

export class UserLife {
  readonly #options: LifeOptions;
  #session: OpenSession | undefined;
  #counter: OwnCounter;
  #sinceMs = Date.now();
  #issued = 0;
  #acknowledged = 0;
  #calls = 0;
  #sessions = 0;
  #errors = 0;
  #violations = 0;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#counter = this.#newCounter();
  }

  live(): void {
    while (Date.now() < this.#options.endMs) {
      const errorsBefore = this.#errors;
      this.#session ??= this.#open();
      this.#goOn(this.#session);
      this.#think(this.#errors > errorsBefore);
    }
    if (this.#session !== undefined) this.#did('delete', this.#session.mcp.delete());
    this.#writeEnd();
  }

  #open(): OpenSession | undefined {
    const { user, group, headers, settings } = this.#options;
    const { url } = group;
    const mcp = new McpSession({ url, headers, timeoutMs: settings.requestTimeoutMs });
    this.#sinceMs = Date.now();
    if (!this.#did('initialize', mcp.initialize(user))) return undefined;
    this.#sessions += 1;
    this.#did('initialized', mcp.initialized());
    this.#counter = this.#newCounter();
    return { mcp, tool: undefined };
  }

  /** One increment; before it, in a session that does not know the tool's name, the search for it. */
  #goOn(session: OpenSession | undefined): void {
    if (session === undefined) return;
    session.tool ??= this.#findTool(session.mcp);
    if (session.tool !== undefined) this.#increment(session.mcp, session.tool);
  }

  #findTool(mcp: McpSession): string | undefined {
    const { group, settings } = this.#options;
    const listed: string[] = [];
    let cursor: unknown;
    let timed: Timed;
    do {
      timed = mcp.request('tools/list', 'tools/list', cursor === undefined ? {} : { cursor });
      if (!this.#did('tools/list', timed) || !timed.answer.ok) {
        this.#heed(timed);
        return undefined;
      }
      const { tools, nextCursor } = timed.answer.result;
      for (const { name } of tools as readonly { readonly name: string }[]) listed.push(name);
      cursor = nextCursor;
    } while (cursor !== undefined && cursor !== null);
    const tool = settings.upstreamDelayMs > 0 ? 'slow_increment' : 'increment';
    const upstream = group.several ? { upstream: group.upstream } : {};
    const found = findTool(listed, { tool, allTools: settings.tools, ...upstream });
    if (found === undefined) {
      const text = `no unique name for ${tool} among: ${listed.join(', ')}`;
      this.#error('tools/list', timed, 'no-answer', text);
    }
    return found;
  }

  #increment(mcp: McpSession, name: string): void {
    const { user, settings } = this.#options;
    const opId = `${user}-${++this.#issued}`;
    const delayMs = settings.upstreamDelayMs;
    const args = delayMs > 0 ? { opId, delayMs, apply: 'after' } : { opId };
    const timed = mcp.request('increment', 'tools/call', { name, arguments: args });
    const { answer } = timed;
    if (answer.ok) {
      this.#calls += 1;
      this.#acknowledged += 1;
      this.#options.answered(timed.toMs - timed.fromMs);
      const wrong = this.#counter.acknowledged(opId, resultPayload(answer.result) ?? {});
      if (wrong !== undefined) this.#error('increment', timed, 'isolation', wrong, opId);
      return;
    }
    this.#counter.undecided();
    this.#did('increment', timed, opId);
    this.#heed(timed);
  }

  /** 404 ends the session; told otherwise that its state is lost, it lives on and counts from zero. */
  #heed({ answer, status }: Timed): void {
    if (answer.ok) return;
    if (!tellsLoss({ type: 'info', kind: 'rpc-error', status, message: answer.text })) return;
    if (status === 404) this.#session = undefined;
    this.#counter = this.#newCounter();
    this.#sinceMs = Date.now();
  }

  /** Counts the exchange and writes down its error. @returns whether it went well. */
  #did(op: UserOp, timed: Timed, opId?: string): boolean {
    this.#calls += 1;
    if (timed.answer.ok) return true;
    this.#error(op, timed, timed.answer.cause, timed.answer.text, opId);
    return false;
  }

  #error(
    op: UserOp,
    { fromMs, toMs, status }: Pick<Timed, 'fromMs' | 'toMs' | 'status'>,
    cause: ErrorCause,
    text: string,
    opId?: string,
  ): void {
    this.#errors += 1;
    if (cause === 'isolation') this.#violations += 1;
    const { user, group, write } = this.#options;
    const line: ErrorLine = {
      kind: 'error',
      user,
      upstream: group.upstream,
      op,
      ...(opId !== undefined && { opId }),
      fromMs,
      toMs,
      sessionSinceMs: this.#sinceMs,
      status,
      cause,
      text,
    };
    write(line);
  }

  #newCounter(): OwnCounter {
    return new OwnCounter(this.#options.settings.lossMayBeSilent);
  }

  #think(afterError: boolean): void {
    const { settings, random, endMs } = this.#options;
    const { thinkMinMs, thinkMaxMs } = settings;
    const ms = thinkMinMs + random() * (thinkMaxMs - thinkMinMs);
    const pauseMs = Math.max(ms, afterError ? PAUSE_AFTER_ERROR_MS : 0);
    sleep(Math.max(0, Math.min(pauseMs, endMs - Date.now())) / 1000);
  }

  #writeEnd(): void {
    const { user, group, write } = this.#options;
    write({
      kind: 'user',
      user,
      upstream: group.upstream,
      issued: this.#issued,
      acknowledged: this.#acknowledged,
      unknown: this.#issued - this.#acknowledged,
      calls: this.#calls,
      sessions: this.#sessions,
      errors: this.#errors,
      violations: this.#violations,
      last: this.#counter.last,
      nonce: this.#counter.nonce,
      epoch: this.#counter.epoch,
    });
  }
}
