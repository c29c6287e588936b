/** The answer to a message over HTTP+SSE: the POST was acknowledged, all that comes is an event. */

import { Answer } from './answer.ts';
import type { DownstreamSession } from './session.ts';

export class LegacyAnswer extends Answer {
  readonly #session: DownstreamSession;

  /** `acknowledged`: the answer to the POST. */
  constructor(acknowledged: Answer, session: DownstreamSession) {
    super(acknowledged.response);
    this.idText = acknowledged.idText;
    this.#session = session;
  }

  override get isUnread(): boolean {
    return this.#session.stream?.isRead !== true;
  }

  protected override say(bytes: Buffer): Promise<void> | undefined {
    return this.#session.stream?.message(bytes);
  }

  protected override sayAlive(): void {}

  protected override give(bytes: Buffer): void {
    void this.say(bytes);
  }

  protected override giveStatus(_status: number, bytes: Buffer): void {
    void this.say(bytes);
  }

  protected override giveNothing(): void {}
}
