/**
 * The files of a run: three reports in its folder, which is the run's alone until this is disposed,
 * copies where the caller wants them, and the CI's own summary.
 */

import { existsSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { soleWriter } from '../lifecycle/sole-writer.ts';
import { jsonReport } from '../report/json.ts';
import { junitReport } from '../report/junit.ts';
import { markdownReport } from '../report/markdown.ts';
import type { Redactor } from '../report/redact.ts';
import { writeAtomically } from '../report/write-atomically.ts';
import type { RunResult } from '../run/result.ts';
import type { Terminal } from './terminal.ts';
import { writableFile, writableFolder } from './writable.ts';

export interface ReportChoice {
  readonly json?: string;
  readonly junit?: string;
  readonly out?: string;
}

/** Where runs go that were not told where: below the working directory, one folder each. */
const DEFAULT_PARENT = '.gauntlet';

export interface Written {
  /** What a reader may open, relative to the working directory. */
  readonly files: readonly string[];
  /** Which of ours could not be written, and why: no reason to lose the run's verdict. */
  readonly missing: readonly string[];
  /** Why the CI's summary is missing, which is the CI's file. */
  readonly note?: string;
}

export class ReportFiles implements AsyncDisposable {
  /** The run's folder, absolute. */
  readonly out: string;
  /** It held an earlier run's report when this one began. */
  readonly isReused: boolean;
  readonly #lock: AsyncDisposable;
  readonly #json: string | undefined;
  readonly #junit: string | undefined;
  readonly #summary: string | undefined;

  private constructor(
    out: string,
    lock: AsyncDisposable,
    json?: string,
    junit?: string,
    summary?: string,
  ) {
    this.out = out;
    this.#lock = lock;
    this.isReused = existsSync(join(out, 'report.json'));
    this.#json = json;
    this.#junit = junit;
    this.#summary = summary;
  }

  /** @throws {UsageError} if any of them cannot be written, or another run writes to the folder. */
  static async prepare(
    choice: ReportChoice,
    environment: Terminal['environment'],
  ): Promise<ReportFiles> {
    const json = choice.json === undefined ? undefined : await writableFile('--json', choice.json);
    const junit =
      choice.junit === undefined ? undefined : await writableFile('--junit', choice.junit);
    const out = await writableFolder('--out', choice.out ?? (await freshFolder()));
    const summary = environment['GITHUB_STEP_SUMMARY'];
    const lock = await soleWriter(out, join(out, '.lock'));
    return new ReportFiles(out, lock, json, junit, summary === '' ? undefined : summary);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock[Symbol.asyncDispose]();
  }

  /**
   * Writes all that can be written.
   * @param json another JSON document than a run's own.
   */
  async write(
    run: RunResult,
    redactor: Redactor,
    json = jsonReport(run, redactor),
  ): Promise<Written> {
    const junit = junitReport(run, redactor);
    const markdown = markdownReport(run, redactor);
    const files: readonly (readonly [string | undefined, string])[] = [
      [join(this.out, 'summary.md'), markdown],
      [join(this.out, 'report.json'), json],
      [join(this.out, 'junit.xml'), junit],
      [this.#json, json],
      [this.#junit, junit],
    ];
    const written: string[] = [];
    const missing: string[] = [];
    for (const [file, text] of files) {
      if (file === undefined) continue;
      try {
        await writeAtomically(file, text);
        written.push(shortest(file));
      } catch (error) {
        missing.push(
          `${shortest(file)} cannot be written: ${codeOf(error)}; make room there, or say another file`,
        );
      }
    }
    const note = await this.#tellCi(markdown);
    return { files: written, missing, ...(note !== undefined && { note }) };
  }

  async #tellCi(markdown: string): Promise<string | undefined> {
    if (this.#summary === undefined) return undefined;
    try {
      await appendFile(this.#summary, markdown);
      return undefined;
    } catch (error) {
      return `the job summary is missing: GITHUB_STEP_SUMMARY ${this.#summary} cannot be written: ${codeOf(error)}`;
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** As a reader would type it: relative below the working directory, absolute elsewhere. */
function shortest(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** Named after the second, and counted where two runs begin in the same one. */
async function freshFolder(): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  for (let count = 1; ; count++) {
    const folder = join(DEFAULT_PARENT, count === 1 ? stamp : `${stamp}-${count}`);
    if (await isNew(folder)) return folder;
  }
}

/** Anything but "exists already" is left to the check that says what cannot be written. */
async function isNew(folder: string): Promise<boolean> {
  await mkdir(DEFAULT_PARENT, { recursive: true }).catch(() => undefined);
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
}
