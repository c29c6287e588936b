/** The generator finds each defect that the simulation can have, the named check convicts it, and little is left of the schedule. */

import { expect, test } from 'vitest';
import { loadDefects } from '../run/defect.ts';
import { drawSchedule } from '../schedule/draw-schedule.ts';
import { MODEL_DEFECTS, type ModelDefect } from '../simulation/defects/model-defects.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { modelRun } from './shrink-in-model.ts';
import { shrink } from './shrink.ts';
import { hasSymptom, symptomOf, type Symptom } from './symptom.ts';
import type { Schedule } from '../schedule/schedule.ts';

const SEED = 1;
const SCHEDULES_MAX = 100;
const defects = await loadDefects();

function firstFound(
  model: ModelDefect,
  check: string,
): { readonly schedule: Schedule; readonly symptom: Symptom } | undefined {
  for (let index = 0; index < SCHEDULES_MAX; index += 1) {
    const schedule = drawSchedule(SEED, index, { ...DEFAULT_CLAIMS, upstreams: 'many' });
    const { findings } = modelRun(schedule, SEED, model);
    const finding = findings.find((one) => one.check === check);
    if (finding !== undefined) return { schedule, symptom: symptomOf(finding) };
  }
  return undefined;
}

test.each(Object.entries(MODEL_DEFECTS))(
  '%s is found and shrinks to three operations and one fault',
  async (name, model) => {
    const check = defects.find((defect) => defect.name === name)?.check ?? 'no such defect';
    const found = firstFound(model, check);
    expect(found, `${check} within ${SCHEDULES_MAX} schedules`).toBeDefined();
    if (found === undefined) return;
    const run = (candidate: Schedule): ReturnType<typeof modelRun> =>
      modelRun(candidate, SEED, model);
    const { schedule, isMinimal } = await shrink({
      ...found,
      rate: 1,
      run: (candidate) => Promise.resolve(run(candidate)),
      isOver: () => false,
    });
    expect(isMinimal).toBe(true);
    expect(hasSymptom(run(schedule).findings, found.symptom)).toBe(true);
    expect(schedule.operations.length).toBeLessThanOrEqual(3);
    expect(schedule.faults.length).toBeLessThanOrEqual(1);
    expect(modelRun(schedule, SEED).findings).toEqual([]);
  },
);
