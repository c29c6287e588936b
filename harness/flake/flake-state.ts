/**
 * The state of a flake measure on disk: a first line that says what is measured, then one line a
 * round, appended as it ends. A round that was half written when the process was killed is dropped;
 * a state of anything else than what is measured now is refused, and so is a second writer.
 */

import { appendFile, readFile, stat, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { soleWriter } from '../lifecycle/sole-writer.ts';
import { writeAtomically } from '../report/write-atomically.ts';
import { roundSchema, type FlakeRound } from './flake-round.ts';

const SCHEMA = 1;

const subjectSchema = z.strictObject({
  suite: z.string(),
  /** See `sourcesDigest`. */
  sources: z.string(),
  target: z.string(),
  /** What starts the target and where it answers. States from before it was recorded can be read, and not gone on with. */
  start: z.string().default('unknown'),
  claims: z.string(),
  load: z.enum(['plain', 'stress']),
  /** The rounds' own seeds come from it. */
  seed: z.int().nonnegative(),
});

/** What is measured: rounds count together only where all of it is the same. */
export type FlakeSubject = z.infer<typeof subjectSchema>;

const headSchema = z.strictObject({ schema: z.literal(SCHEMA), subject: subjectSchema });

export class FlakeState implements AsyncDisposable {
  readonly file: string;
  readonly subject: FlakeSubject;
  readonly #rounds: FlakeRound[];
  /** Of the file as we left it, in bytes: it grows by our lines only. */
  #size: number;
  readonly #lock: AsyncDisposable | undefined;

  /**
   * To look at it, whoever writes to it meanwhile; undefined if there is none.
   * @throws {UsageError} if it is damaged or of another schema.
   */
  static async read(file: string): Promise<FlakeState | undefined> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}`);
    });
    if (text === undefined || text === '') return undefined;
    const [first = '', ...others] = text.split('\n');
    const { subject } = parsed(file, 1, first, headSchema);
    // The first line was written as a whole, so that this file is none of ours.
    if (others.length === 0) throw damaged(file, 1, 'it has no end');
    const rounds = others.slice(0, -1).map((line, index) => {
      const found = parsed(file, index + 2, line, roundSchema);
      if (found.round === index) return found;
      throw damaged(file, index + 2, `it is round ${found.round} where round ${index} belongs`);
    });
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return new FlakeState(file, subject, rounds, Buffer.byteLength(whole));
  }

  /**
   * Goes on with what is there, or begins; nobody else does until it is disposed. The folder must exist.
   * @throws {UsageError} if what is there is of another subject, or damaged, or another process has it.
   */
  static async open(file: string, subject: FlakeSubject): Promise<FlakeState> {
    await using owned = new AsyncDisposableStack();
    owned.use(await soleWriter(file, `${file}.lock`));
    const found = await FlakeState.read(file);
    if (found !== undefined) {
      const other = found.otherThan(subject);
      if (other !== undefined) {
        throw new UsageError(
          `${file} counts runs of ${other}: name another folder with --out, or remove that file`,
        );
      }
      await truncate(file, found.#size);
      return new FlakeState(file, subject, found.rounds, found.#size, owned.move());
    }
    const head = `${JSON.stringify({ schema: SCHEMA, subject })}\n`;
    await writeAtomically(file, head);
    return new FlakeState(file, subject, [], Buffer.byteLength(head), owned.move());
  }

  private constructor(
    file: string,
    subject: FlakeSubject,
    rounds: readonly FlakeRound[],
    size: number,
    lock?: AsyncDisposable,
  ) {
    this.file = file;
    this.subject = subject;
    this.#rounds = [...rounds];
    this.#size = size;
    this.#lock = lock;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock?.[Symbol.asyncDispose]();
  }

  get rounds(): readonly FlakeRound[] {
    return this.#rounds;
  }

  /** What of its subject is another, in words; undefined if it is the same. */
  otherThan(subject: FlakeSubject): string | undefined {
    const names = Object.keys(subject) as (keyof FlakeSubject)[];
    const name = names.find((one) => this.subject[one] !== subject[one]);
    if (name === undefined) return undefined;
    if (name === 'claims') return 'a target with other claims';
    if (name === 'start')
      return `a target started as ${this.subject.start}, and this is ${subject.start}`;
    return `${name} ${this.subject[name]}, and this is ${name} ${subject[name]}`;
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
  throw damaged(file, number, z.prettifyError(result.error).replaceAll(/\s+/g, ' '));
}

function damaged(file: string, number: number, why: string): UsageError {
  return new UsageError(
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
