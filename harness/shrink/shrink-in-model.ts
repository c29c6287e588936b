/**
 * Shrinks in the simulation first, where a run takes less than a millisecond. The simulated gateway
 * is healthy, so it shows a symptom only with a defect: whichever defect of the model explains what
 * was seen of a target is as good a guide as any. What comes out is a suggestion, to be confirmed.
 */

import { setImmediate } from 'node:timers/promises';
import { judge } from '../run/judge.ts';
import { checksNamed } from '../run/recheck.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { MODEL_DEFECTS, type ModelDefect } from '../simulation/defects/model-defects.ts';
import { simulate } from '../simulation/simulate.ts';
import type { Attempt } from './attempt.ts';
import { shrink } from './shrink.ts';
import { isAkin, symptomOf, type Symptom } from './symptom.ts';

/** For each defect; no schedule that was drawn needs as many. */
const RUNS_MAX = 3_000;

export interface Suggestion {
  readonly defect: string;
  readonly schedule: Schedule;
}

/** What is left of the schedule with each defect that shows something akin; each outcome once, the smallest first. */
export async function shrinkInModel(
  schedule: Schedule,
  symptom: Symptom,
  seed: number,
  isOver: () => boolean,
): Promise<readonly Suggestion[]> {
  const found = new Map<string, Suggestion>();
  for (const [defect, model] of Object.entries(MODEL_DEFECTS)) {
    // So that an interruption is heard in between.
    await setImmediate();
    if (isOver()) break;
    const { findings } = modelRun(schedule, seed, model);
    const own = findings.map(symptomOf).find((one) => isAkin(one, symptom));
    if (own === undefined) continue;
    let runs = 0;
    const shrunk = await shrink({
      schedule,
      symptom: own,
      rate: 1,
      run: async (candidate) => {
        await setImmediate();
        return modelRun(candidate, seed, model);
      },
      isOver: () => runs++ >= RUNS_MAX || isOver(),
    });
    const text = JSON.stringify(shrunk.schedule);
    if (!found.has(text)) found.set(text, { defect, schedule: shrunk.schedule });
  }
  return [...found.values()].toSorted((a, b) => sizeOf(a.schedule) - sizeOf(b.schedule));
}

/** Nobody demands evidence of it, and another run would be the same: whatever has no finding passes. */
export function modelRun(schedule: Schedule, seed: number, model?: ModelDefect): Attempt {
  const recorded = simulate(schedule, seed, model);
  const { findings } = judge(recorded, checksNamed(recorded.checks));
  return { findings, verdict: findings.length > 0 ? 'fail' : 'pass' };
}

function sizeOf({ sessions, operations, faults }: Schedule): number {
  return sessions.length + operations.length + faults.length;
}
