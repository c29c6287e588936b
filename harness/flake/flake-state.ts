/**
 * The state of a flake measure on disk: a first line that says what is measured, then one line a
 * round, appended as it ends. A line that was half written when the process was killed is dropped;
 * a state of anything else than what is measured now is refused.
 */

import { appendFile, readFile, stat, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { roundSchema, type FlakeRound } from './flake-round.ts';

const SCHEMA = 1;

const subjectSchema = z.strictObject({
  suite: z.string(),
  /** See `sourcesDigest`. */
  sources: z.string(),
  target: z.string(),
  claims: z.string(),
  load: z.enum(['plain', 'stress']),
  /** The rounds' own seeds come from it. */
  seed: z.int().nonnegative(),
});

/** What is measured: rounds count together only where all of it is the same. */
export type FlakeSubject = z.infer<typeof subjectSchema>;

const headSchema = z.strictObject({ schema: z.literal(SCHEMA), subject: subjectSchema });

export class FlakeState {
  readonly file: string;
  readonly subject: FlakeSubject;
  readonly #rounds: FlakeRound[];
  /** Of the file as we left it, in bytes: it grows by our lines only. */
  #size: number;

  /** @throws {UsageError} if there is a file, and it is damaged or of another schema; undefined if there is none. */
  static async read(file: string): Promise<FlakeState | undefined> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}`);
    });
    const end = text === undefined ? 0 : text.lastIndexOf('\n') + 1;
    if (text === undefined || end === 0) return undefined;
    const [first = '', ...lines] = text.slice(0, end).split('\n').slice(0, -1);
    const { subject } = parsed(file, 1, first, headSchema);
    const rounds = lines.map((line, index) => parsed(file, index + 2, line, roundSchema));
    return new FlakeState(file, subject, rounds, Buffer.byteLength(text.slice(0, end)));
  }

  /**
   * Goes on with what is there, or begins. The folder must exist.
   * @throws {UsageError} if what is there is of another subject, or damaged.
   */
  static async open(file: string, subject: FlakeSubject): Promise<FlakeState> {
    const found = await FlakeState.read(file);
    if (found !== undefined) {
      const other = found.otherThan(subject);
      if (other !== undefined) {
        throw new UsageError(
          `${file} counts runs of ${other}: name another folder with --out, or remove that file`,
        );
      }
      await truncate(file, found.#size);
      return found;
    }
    const head = `${JSON.stringify({ schema: SCHEMA, subject })}\n`;
    await truncate(file, 0).catch(() => undefined);
    await appendFile(file, head);
    return new FlakeState(file, subject, [], Buffer.byteLength(head));
  }

  private constructor(
    file: string,
    subject: FlakeSubject,
    rounds: readonly FlakeRound[],
    size: number,
  ) {
    this.file = file;
    this.subject = subject;
    this.#rounds = [...rounds];
    this.#size = size;
  }

  get rounds(): readonly FlakeRound[] {
    return this.#rounds;
  }

  /** What of its subject is another, in words; undefined if it is the same. */
  otherThan(subject: FlakeSubject): string | undefined {
    const names = Object.keys(subject) as (keyof FlakeSubject)[];
    const name = names.find((one) => this.subject[one] !== subject[one]);
    if (name === undefined) return undefined;
    return name === 'claims'
      ? 'a target with other claims'
      : `${name} ${this.subject[name]}, and this is ${name} ${subject[name]}`;
  }

  /** @throws {UsageError} if somebody else wrote to the file since. */
  async append(round: FlakeRound): Promise<void> {
    const { size } = await stat(this.file);
    if (size !== this.#size) {
      throw new UsageError(
        `another process writes to ${this.file}: let one of them measure into another folder with --out`,
      );
    }
    const line = `${JSON.stringify(round)}\n`;
    await appendFile(this.file, line, { flush: true });
    this.#size += Buffer.byteLength(line);
    this.#rounds.push(round);
  }
}

function parsed<T>(file: string, number: number, line: string, shape: z.ZodType<T>): T {
  const result = shape.safeParse(asJson(line));
  if (result.success) return result.data;
  const why = z.prettifyError(result.error).replaceAll(/\s+/g, ' ');
  throw new UsageError(
    `line ${number} of ${file} is damaged or of another schema (${why}): name another folder with --out, or remove that file`,
  );
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
