/**
 * Strikes the faults of a schedule, each with its own end. On one upstream they take turns: healing
 * one would heal, or be undone by, another that is active there, and its receipt would be wrong.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Aim } from '../fault/receipt.ts';
import type { Stage } from '../run/stage.ts';
import type { Phase, ScheduledFault } from '../schedule/schedule.ts';
import type { OperationProgress } from './operation-progress.ts';
import { strikeScheduled } from './scheduled-fault-work.ts';
import type { Tasks } from './tasks.ts';

export class FaultTurns {
  readonly #stage: Stage;
  readonly #tasks: Tasks;
  readonly #nameOf: (upstream: number) => string;
  /** By upstream: resolves when its last fault is healed. */
  readonly #healed = new Map<number, Promise<void>>();

  constructor(stage: Stage, tasks: Tasks, nameOf: (upstream: number) => string) {
    this.#stage = stage;
    this.#tasks = tasks;
    this.#nameOf = nameOf;
  }

  /** Waits for the phase and for its turn, then strikes in any case. Resolves when it is active. */
  async strike(fault: ScheduledFault, progress: OperationProgress | undefined): Promise<void> {
    const { operation, phase, upstream } = fault;
    await progress?.reach(phase);
    const before = this.#healed.get(upstream);
    const end = Promise.withResolvers<void>();
    this.#healed.set(upstream, end.promise);
    try {
      await before;
      const missed = await whyMissed(phase, progress);
      const aim: Aim = { operation, phase, ...(missed !== undefined && { missed }) };
      const active = await strikeScheduled(
        this.#stage.upstream(this.#nameOf(upstream), aim),
        fault,
      );
      this.#tasks.start(async () => {
        try {
          await pause(fault.durationMs, undefined, { signal: this.#stage.signal });
        } finally {
          await active.heal().finally(end.resolve);
        }
      });
    } catch (error) {
      end.resolve();
      throw error;
    }
  }
}

/** @param progress absent before the operation was sent. */
async function whyMissed(
  phase: Phase,
  progress: OperationProgress | undefined,
): Promise<string | undefined> {
  if (progress !== undefined) return progress.whyMissed(phase);
  return phase === 'idle' ? undefined : 'the operation was never sent';
}
