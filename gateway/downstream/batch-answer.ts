/**
 * The answer to a batch (2025-03-26): one JSON array of all responses, or, when something of an
 * upstream came before the last of them, one event stream.
 */

import { Answer } from './answer.ts';

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((text) => Buffer.from(text));

export class BatchAnswer {
  readonly #answer: Answer;
  readonly #given: Buffer[] = [];
  #left: number;
  #isStream = false;

  /** `requests`: how many responses there will be. */
  constructor(answer: Answer, requests: number) {
    this.#answer = answer;
    this.#left = requests;
  }

  get answer(): Answer {
    return this.#answer;
  }

  part(idText: string): Answer {
    return new BatchPart(this, idText);
  }

  say(bytes: Buffer): Promise<void> | undefined {
    this.#stream();
    return this.#answer.message(bytes);
  }

  sayAlive(): void {
    this.#stream();
    this.#answer.keepAlive();
  }

  /** A request has its response, or will have none. */
  settled(response?: Buffer): void {
    this.#left -= 1;
    if (response !== undefined) {
      if (this.#isStream) void this.#answer.message(response);
      else this.#given.push(response);
    }
    if (this.#left > 0) return;
    if (this.#isStream || this.#given.length === 0) this.#answer.nothing();
    else this.#answer.json(arrayOf(this.#given));
  }

  #stream(): void {
    this.#isStream = true;
    for (const response of this.#given.splice(0)) void this.#answer.message(response);
  }
}

class BatchPart extends Answer {
  readonly #batch: BatchAnswer;

  constructor(batch: BatchAnswer, idText: string) {
    super(batch.answer.response);
    this.idText = idText;
    this.#batch = batch;
  }

  override get isUnread(): boolean {
    return this.#batch.answer.isUnread;
  }

  protected override say(bytes: Buffer): Promise<void> | undefined {
    return this.#batch.say(bytes);
  }

  protected override sayAlive(): void {
    this.#batch.sayAlive();
  }

  protected override give(bytes: Buffer): void {
    this.#batch.settled(bytes);
  }

  protected override giveStatus(_status: number, bytes: Buffer): void {
    this.#batch.settled(bytes);
  }

  protected override giveNothing(): void {
    this.#batch.settled();
  }
}

function arrayOf(items: readonly Buffer[]): Buffer {
  const joined = items.flatMap((item, index) => (index === 0 ? [item] : [COMMA as Buffer, item]));
  return Buffer.concat([OPEN as Buffer, ...joined, CLOSE as Buffer]);
}
