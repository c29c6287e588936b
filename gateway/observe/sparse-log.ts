/**
 * Warnings that thousands of sessions may have reason for at the same moment: the same warning about
 * the same thing is written at most once a second, and the next one says how many were left out.
 */

import type { Log } from './log.ts';

export type Warning = Readonly<Record<string, string | number>>;

const PAUSE_MS = 1_000;
/** More kinds of warnings than that and all are forgotten, which costs a line each. */
const MAX_KINDS = 1_000;

export class SparseLog {
  readonly #log: Log;
  readonly #kinds = new Map<string, { at: number; omitted: number }>();

  constructor(log: Log) {
    this.#log = log;
  }

  warn(warning: Warning, text: string): void {
    const kind = `${text} ${Object.values(warning).join(' ')}`;
    const now = performance.now();
    const last = this.#kinds.get(kind);
    if (last !== undefined && now - last.at < PAUSE_MS) {
      last.omitted += 1;
      return;
    }
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
    this.#kinds.set(kind, { at: now, omitted: 0 });
    const omitted = last?.omitted ?? 0;
    this.#log.warn(omitted > 0 ? { ...warning, omitted } : warning, text);
  }
}
