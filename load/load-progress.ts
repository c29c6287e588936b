/** What a load run says of itself every few seconds: what the fixtures count, and k6's lines as they grow. */

import { open, type FileHandle } from 'node:fs/promises';
import type { Receipt } from '../harness/fault/receipt.ts';
import type { CounterStats } from '../harness/fixture/counter.ts';
import { nowMs } from '../harness/lifecycle/clock.ts';
import type { UpstreamHandle } from '../harness/run/upstream-handle.ts';

const EVERY_MS = 3_000;
const CHUNK_BYTES = 1024 * 1024;

/** Counts how often a text stands in a file that only grows, reading each byte once. */
export class GrowingCount {
  readonly #file: string;
  readonly #needle: Buffer;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #position = 0;
  #count = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#needle = Buffer.from(text);
  }

  /** The count so far; a file that does not exist yet holds none. */
  async read(): Promise<number> {
    let file: FileHandle;
    try {
      file = await open(this.#file, 'r');
    } catch {
      return this.#count;
    }
    try {
      return await this.#readRest(file);
    } finally {
      await file.close();
    }
  }

  async #readRest(file: FileHandle): Promise<number> {
    for (;;) {
      const { bytesRead } = await file.read(this.#chunk, 0, CHUNK_BYTES, this.#position);
      // Only whole lines: a text is never cut in two by the end of what was read.
      const end = this.#chunk.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      if (end === 0) return this.#count;
      this.#count += occurrences(this.#chunk.subarray(0, end), this.#needle);
      this.#position += end;
    }
  }
}

function occurrences(text: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    count += 1;
  }
  return count;
}

export interface ProgressSources {
  readonly upstreams: readonly UpstreamHandle[];
  /** Where k6 writes its users' lines. */
  readonly consoleFile: string;
  readonly durationMs: number;
  readonly receipts: () => readonly Receipt[];
}

export class LoadProgress {
  readonly #sources: ProgressSources;
  readonly #errors: GrowingCount;
  readonly #say: (line: string) => void;
  readonly #startMs = nowMs();
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;

  /** Says a line every few seconds, until stopped. */
  constructor(sources: ProgressSources, say: (line: string) => void) {
    this.#sources = sources;
    this.#say = say;
    this.#errors = new GrowingCount(sources.consoleFile, '"kind":"error"');
    this.#timer = setInterval(() => void this.#tick(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A fixture that does not answer is somebody else's finding: nothing is said then. */
  async #tick(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      this.#say(await this.#line());
    } catch {
      // Said above.
    } finally {
      this.#isBusy = false;
    }
  }

  async #line(): Promise<string> {
    const { upstreams, durationMs, receipts } = this.#sources;
    const stats = await Promise.all(upstreams.map(({ fixture }) => fixture.stats()));
    const sum = (of: (one: CounterStats) => number): string =>
      stats.reduce((total, one) => total + of(one), 0).toLocaleString('en');
    const totalS = Math.round(durationMs / 1000);
    const seconds = Math.min(totalS, Math.round((nowMs() - this.#startMs) / 1000));
    return (
      `${seconds} of ${totalS} s: ${sum(({ sessions }) => sessions)} upstream sessions, ` +
      `${sum(({ applied }) => applied)} increments applied, ${receipts().length} faults struck, ` +
      `${await this.#errors.read()} errors seen`
    );
  }
}
