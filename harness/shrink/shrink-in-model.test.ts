import { expect, test } from 'vitest';
import type { Schedule } from '../schedule/schedule.ts';
import { MODEL_DEFECTS } from '../simulation/defects/model-defects.ts';
import { modelRun, shrinkInModel } from './shrink-in-model.ts';
import { symptomOf, type Symptom } from './symptom.ts';

const schedule: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }],
  upstreams: 1,
  operations: Array.from({ length: 30 }, (_, index) => ({
    session: index % 2,
    upstream: 0,
    kind: index % 3 === 0 ? ('slow-late' as const) : ('get' as const),
    gapMs: 20,
    executionMs: index % 3 === 0 ? 200 : 0,
  })),
  faults: [],
};

function symptom(): Symptom {
  const { findings } = modelRun(schedule, 1, MODEL_DEFECTS['hedged-calls']);
  const found = findings.find(({ check }) => check === 'applied-once');
  if (found === undefined) throw new Error('the model does not show it');
  return symptomOf(found);
}

test('what a target says in its own words is looked for in the words of the model', async () => {
  const own = { ...symptom(), told: 'HTTP 500 whatever it says' };
  const [smallest] = await shrinkInModel(schedule, own, 1, () => false);
  expect(smallest?.schedule.operations).toHaveLength(1);
});

test('between two runs other things get their turn, a signal among them', async () => {
  let [hasTurned, stuck, asked] = [true, 0, 0];
  await shrinkInModel(schedule, symptom(), 1, () => {
    asked += 1;
    if (!hasTurned) stuck += 1;
    hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    return asked > 100;
  });
  // Twice without a run in between only where the search begins, once for each defect.
  expect(stuck).toBeLessThanOrEqual(2);
});
