/** What the faults of a storm have met so far, and what is still missing. */

import type { Schedule } from '../schedule/schedule.ts';
import { encounterKey, type Encounter } from './encounter.ts';
import type { RequiredEncounter } from './required-encounters.ts';

export interface CoverageCell extends Encounter {
  /** Schedules in which it happened. */
  readonly schedules: number;
}

export class Coverage {
  readonly #cells = new Map<string, { readonly met: Encounter; schedules: number }>();
  readonly #required: readonly RequiredEncounter[];

  constructor(required: readonly RequiredEncounter[]) {
    this.#required = required;
  }

  /** What one schedule met. */
  add(met: readonly Encounter[]): void {
    for (const one of met) {
      const key = encounterKey(one);
      const cell = this.#cells.get(key) ?? { met: one, schedules: 0 };
      cell.schedules += 1;
      this.#cells.set(key, cell);
    }
  }

  cells(): readonly CoverageCell[] {
    return [...this.#cells.values()]
      .map(({ met, schedules }) => ({ ...met, schedules }))
      .toSorted((a, b) => encounterKey(a).localeCompare(encounterKey(b)));
  }

  /** Required, and not met by any schedule. */
  missing(): readonly RequiredEncounter[] {
    const met = [...this.#cells.values()].map((cell) => cell.met);
    return this.#required.filter((required) => !met.some((one) => matches(required, one)));
  }

  /** How many of the missing ones this schedule aims at. */
  newsIn({ operations, faults }: Schedule): number {
    const aims = faults.flatMap(({ kind, phase, upstream, operation }): readonly Encounter[] => {
      const aimed = operations[operation];
      // What strikes elsewhere meets whatever happens to be there.
      if (aimed === undefined || aimed.upstream !== upstream) return [];
      return [{ fault: kind, operation: aimed.kind, phase }];
    });
    return this.missing().filter((required) => aims.some((aim) => matches(required, aim))).length;
  }
}

/** "kill × any operation × executing" */
export function describeRequired({ fault, operation, phase }: RequiredEncounter): string {
  return `${fault ?? 'any fault'} × ${operation ?? 'any operation'} × ${phase ?? 'any phase'}`;
}

function matches(required: RequiredEncounter, one: Encounter): boolean {
  return (
    (required.fault ?? one.fault) === one.fault &&
    (required.operation ?? one.operation) === one.operation &&
    (required.phase ?? one.phase) === one.phase
  );
}
