/**
 * A session's requests without an answer yet, by the JSON text of their ids. Most sessions have one at
 * a time, which needs no table: none that stays when the session is idle, and none that is outgrown
 * (see `lifecycle/chain.ts`).
 */

import type { Call } from './call.ts';

export class CallsUnderWay {
  #only: Call | undefined;
  /** Where there is more than one, all of them. */
  #all: Map<string, Call> | undefined;

  get size(): number {
    return this.#all?.size ?? (this.#only === undefined ? 0 : 1);
  }

  get(idText: string): Call | undefined {
    if (this.#all !== undefined) return this.#all.get(idText);
    return this.#only?.message.idText === idText ? this.#only : undefined;
  }

  add(call: Call): void {
    const only = this.#only;
    if (this.#all === undefined && only === undefined) {
      this.#only = call;
      return;
    }
    this.#all ??= new Map(only === undefined ? [] : [[only.message.idText, only]]);
    this.#only = undefined;
    this.#all.set(call.message.idText, call);
  }

  delete(call: Call): void {
    const { idText } = call.message;
    if (this.get(idText) !== call) return;
    this.#only = undefined;
    this.#all?.delete(idText);
    if (this.#all?.size === 0) this.#all = undefined;
  }

  /** As they are now, oldest first. */
  all(): readonly Call[] {
    if (this.#all !== undefined) return [...this.#all.values()];
    return this.#only === undefined ? [] : [this.#only];
  }
}
