/** The one append-only recorder of a scenario. Numbers and stamps every event as it happens. */

import { nowMs } from '../lifecycle/clock.ts';
import type { HistoryEvent, NewEvent } from './event.ts';

export class Recorder {
  readonly #events: HistoryEvent[] = [];
  #nextOp = 0;

  /** A fresh id that joins an invoke with its completion. */
  nextOp(): number {
    return this.#nextOp++;
  }

  record(event: NewEvent): HistoryEvent {
    const stamped = { seq: this.#events.length, atMs: nowMs(), ...event } as HistoryEvent;
    this.#events.push(stamped);
    return stamped;
  }

  fact(name: string, value: unknown): void {
    this.record({ kind: 'fact', name, value });
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }
}
