/** Storms against a seeded defect, for which no scenario was written: whether it is found, how soon, and how much it took. */

import { join } from 'node:path';
import { nowMs } from '../lifecycle/clock.ts';
import { programFile } from '../paths.ts';
import { EXIT } from '../report/exit-codes.ts';
import type { Defect } from '../run/defect.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import { planFor } from '../target/find-target.ts';
import { runStorm } from './run-storm.ts';

export interface HuntOptions {
  /** One storm each. */
  readonly seeds: readonly number[];
  /** For one storm, in milliseconds. */
  readonly budgetMs: number;
  readonly out: string;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

export interface Find {
  /** From the storm's beginning, the target's start included, to the violation, in milliseconds. */
  readonly foundMs: number;
  /** Which schedule of the seed showed it. */
  readonly schedule: string;
  /** Every check that had a finding there. */
  readonly checks: readonly string[];
  readonly operations: number;
  readonly faults: number;
}

export interface Storm {
  readonly seed: number;
  /** How many schedules were judged. */
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
    if (options.signal.aborted) break;
    const storm = await stormAgainst(defect, seed, options);
    if (!options.signal.aborted) storms.push(storm);
  }
  return { defect, storms };
}

async function stormAgainst(defect: Defect, seed: number, options: HuntOptions): Promise<Storm> {
  const { budgetMs, out, signal, note } = options;
  const variables = { GATEWAY: programFile(`fixtures/defects/${defect.name}`) };
  const plan = await planFor({ target: 'reference', variables });
  const beginMs = nowMs();
  let find: Find | undefined;
  let schedules = 0;
  await runStorm(
    {
      plan,
      seed,
      budgetMs,
      jobs: plan.lanes,
      out: join(out, defect.name, String(seed)),
      signal,
      command: `mcp-gauntlet selftest ${defect.name} --storm --seed ${seed}`,
    },
    {
      started: () => undefined,
      note,
      scenarioDone: ({ id, exitCode, findings, met }) => {
        if (met !== undefined) schedules += 1;
        if (exitCode !== EXIT.violation || find !== undefined) return;
        const number = Number(id.slice(id.indexOf('/') + 1));
        const { operations, faults } = drawSchedule(seed, number, plan.claims);
        find = {
          foundMs: nowMs() - beginMs,
          schedule: id,
          checks: [...new Set(findings.map(({ check }) => check))].sort(),
          operations: operations.length,
          faults: faults.length,
        };
      },
    },
  );
  return { seed, schedules, ...(find !== undefined && { find }) };
}
