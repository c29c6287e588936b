/**
 * Storms against a seeded defect, for which no scenario was written: whether it is found, how soon,
 * and how small a schedule shows it.
 */

import { join } from 'node:path';
import type { Finding } from '../checks/check.ts';
import { nowMs } from '../lifecycle/clock.ts';
import { programFile } from '../paths.ts';
import { EXIT } from '../report/exit-codes.ts';
import type { Defect } from '../run/defect.ts';
import type { RunEvents } from '../run/run-options.ts';
import { runScenarios } from '../run/runner.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { shrink } from '../shrink/shrink.ts';
import { symptomOf } from '../shrink/symptom.ts';
import { planFor } from '../target/find-target.ts';
import type { TargetPlan } from '../target/target.ts';
import { runStorm } from './run-storm.ts';
import { stormScenario } from './storm-scenario.ts';

export interface HuntOptions {
  /** One storm each. */
  readonly seeds: readonly number[];
  /** For one storm, in milliseconds. */
  readonly budgetMs: number;
  /** For making the first find smaller, in milliseconds; 0: it is left as it was drawn. */
  readonly shrinkMs: number;
  readonly out: string;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

export interface Size {
  readonly operations: number;
  readonly faults: number;
}

export interface Find {
  /** From the storm's beginning, the target's start included, to the violation, in milliseconds. */
  readonly foundMs: number;
  /** Which schedule of the seed showed it. */
  readonly schedule: string;
  /** Every check that had a finding there. */
  readonly checks: readonly string[];
  readonly drawn: Size;
  /** Absent where nobody tried. */
  readonly shrunk?: Size;
}

export interface Storm {
  readonly seed: number;
  /** How many schedules were carried out. */
  readonly schedules: number;
  /** Absent: the budget was over and nothing was violated. */
  readonly find?: Find;
}

export interface Hunt {
  readonly defect: Defect;
  readonly storms: readonly Storm[];
}

/** @throws like `runStorm`; a storm that is interrupted is left out. */
export async function huntDefect(defect: Defect, options: HuntOptions): Promise<Hunt> {
  const storms: Storm[] = [];
  for (const seed of options.seeds) {
    // The first find is made smaller; the others only say how soon it is found.
    const isShrunk = storms.some(({ find }) => find?.shrunk !== undefined);
    const shrinkMs = isShrunk ? 0 : options.shrinkMs;
    const storm = await new StormAgainst(defect, seed, { ...options, shrinkMs }).run();
    if (options.signal.aborted) break;
    storms.push(storm);
  }
  return { defect, storms };
}

class StormAgainst {
  readonly #defect: Defect;
  readonly #seed: number;
  readonly #options: HuntOptions;
  readonly #out: string;

  constructor(defect: Defect, seed: number, options: HuntOptions) {
    this.#defect = defect;
    this.#seed = seed;
    this.#options = options;
    this.#out = join(options.out, defect.name, String(seed));
  }

  async run(): Promise<Storm> {
    const seed = this.#seed;
    const variables = { GATEWAY: programFile(`fixtures/defects/${this.#defect.name}`) };
    const plan = await planFor({ target: 'reference', variables });
    const beginMs = nowMs();
    let foundMs: number | undefined;
    const { scenarios } = await runStorm(
      { ...this.#common(plan), out: this.#out, budgetMs: this.#options.budgetMs },
      this.#events((exitCode) => {
        if (exitCode === EXIT.violation) foundMs ??= nowMs() - beginMs;
      }),
    );
    const failed = scenarios.find(({ exitCode }) => exitCode === EXIT.violation);
    if (failed === undefined || foundMs === undefined) return { seed, schedules: scenarios.length };
    const drawn = drawSchedule(seed, Number(failed.id.split('/')[1]), plan.claims);
    const shrunk = await this.#shrunk(drawn, failed.findings, plan);
    const find: Find = {
      foundMs,
      schedule: failed.id,
      checks: [...new Set(failed.findings.map(({ check }) => check))].sort(),
      drawn: sizeOf(drawn),
      ...(shrunk !== undefined && { shrunk: sizeOf(shrunk) }),
    };
    return { seed, schedules: scenarios.length, find };
  }

  async #shrunk(
    drawn: Schedule,
    findings: readonly Finding[],
    plan: TargetPlan,
  ): Promise<Schedule | undefined> {
    const { shrinkMs, signal } = this.#options;
    const finding = findings.find(({ check }) => check === this.#defect.check) ?? findings[0];
    if (finding === undefined || shrinkMs === 0 || signal.aborted) return undefined;
    const endMs = nowMs() + shrinkMs;
    let candidates = 0;
    const { schedule } = await shrink({
      schedule: drawn,
      symptom: symptomOf(finding),
      // As if every run showed it: a candidate that fails now and then is passed over, and the result is larger, not wrong.
      rate: 1,
      isOver: () => signal.aborted || nowMs() >= endMs,
      run: async (candidate) => {
        const out = join(this.#out, 'shrink', String(++candidates));
        const scenarios = [stormScenario(candidate, 'candidate')];
        const options = { ...this.#common(plan), scenarios, repeat: 1, jobs: 1, out };
        const run = await runScenarios(options, this.#events());
        const [result] = run.scenarios;
        return result ?? { verdict: 'inconclusive', findings: [], receipts: [] };
      },
    });
    return schedule;
  }

  #common(plan: TargetPlan) {
    const { signal } = this.#options;
    const command = `mcp-gauntlet selftest ${this.#defect.name} --storm --seed ${this.#seed}`;
    return { plan, seed: this.#seed, jobs: plan.lanes, signal, command };
  }

  #events(done: (exitCode: number) => void = () => undefined): RunEvents {
    return {
      started: () => undefined,
      note: this.#options.note,
      scenarioDone: ({ exitCode }) => done(exitCode),
    };
  }
}

function sizeOf({ operations, faults }: Schedule): Size {
  return { operations: operations.length, faults: faults.length };
}
