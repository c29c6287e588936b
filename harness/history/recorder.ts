/** The one append-only recorder of a scenario. Numbers and stamps every event as it happens. */

import { nowMs } from '../lifecycle/clock.ts';
import type { FactValues } from './facts.ts';
import type { HistoryEvent, NewEvent } from './event.ts';

export class Recorder {
  readonly #events: HistoryEvent[] = [];
  #nextSeq = 0;
  #nextOp = 0;
  readonly #nowMs: () => number;

  /** @param now the clock, in milliseconds; the machine's monotonic one unless time is simulated. */
  constructor(now: () => number = nowMs) {
    this.#nowMs = now;
  }

  /** A fresh id that joins an invoke with its completion. */
  nextOp(): number {
    return this.#nextOp++;
  }

  record(event: NewEvent): HistoryEvent {
    const stamped = { seq: this.#nextSeq++, atMs: this.#nowMs(), ...event } as HistoryEvent;
    this.keep(stamped);
    return stamped;
  }

  protected keep(event: HistoryEvent): void {
    this.#events.push(event);
  }

  fact<Name extends keyof FactValues>(name: Name, value: FactValues[Name]): void {
    this.record({ kind: 'fact', name, value });
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** How many events and operations were numbered, counted apart from the events themselves. */
  get issued(): { readonly events: number; readonly ops: number } {
    return { events: this.#nextSeq, ops: this.#nextOp };
  }
}
