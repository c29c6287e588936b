import { expect, test } from 'vitest';
import type { Finding } from '../checks/check.ts';
import { randomFrom } from '../random.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { MODEL_DEFECTS } from '../simulation/defects/model-defects.ts';
import { minimise, type Minimised, type MinimiseOptions } from './minimise.ts';
import { modelRun } from './shrink-in-model.ts';
import { TimeIsOver, type Attempt } from './shrink.ts';
import { symptomOf } from './symptom.ts';

const RUN_MS = 1_000;

function finding(message: string): Finding {
  return { check: 'synthetic', requirement: 'RTY-01', message, evidence: [] };
}

/** A long one, in which a kill meets something. */
const long: Schedule = {
  sessions: [{ user: 0 }, { user: 1 }],
  upstreams: 1,
  operations: Array.from({ length: 30 }, (_, index) => ({
    session: index % 2,
    upstream: 0,
    kind: index % 3 === 0 ? ('increment' as const) : ('get' as const),
    gapMs: 20,
    executionMs: 0,
  })),
  faults: (['latency', 'kill', 'down', 'reset'] as const).map((kind, index) => ({
    kind,
    upstream: 0,
    operation: index * 6,
    phase: 'sent',
    durationMs: 400,
    severity: 2,
  })),
};

const isStruck = ({ operations, faults }: Schedule): boolean =>
  faults.some(
    ({ kind, operation }) => kind === 'kill' && operations[operation]?.kind === 'increment',
  );

interface Trial {
  readonly small: Minimised<Attempt> | undefined;
  readonly runs: number;
}

/** Every run takes a second of a clock that only runs move. */
async function trial(
  findingsOf: (schedule: Schedule) => readonly Finding[],
  more: Partial<MinimiseOptions<Attempt>> = {},
): Promise<Trial> {
  let runs = 0;
  const small = await minimise({
    schedule: long,
    symptoms: [symptomOf(finding('broke'))],
    seed: 1,
    budgetMs: 100_000 * RUN_MS,
    nowMs: () => runs * RUN_MS,
    say: () => {},
    run: (schedule) => {
      runs += 1;
      return Promise.resolve({ findings: findingsOf(schedule) });
    },
    ...more,
  });
  return { small, runs };
}

test('what fails one time in three still shrinks to its core, and says how often it fails', async () => {
  const random = randomFrom(7);
  const { small } = await trial((schedule) =>
    isStruck(schedule) && random.int(1, 3) === 1 ? [finding('broke')] : [],
  );
  expect(small?.isMinimal).toBe(true);
  expect(small?.schedule.faults).toMatchObject([{ kind: 'kill', durationMs: 50, severity: 0 }]);
  expect(small?.schedule.operations).toHaveLength(1);
  expect(small?.before.failures).toBeGreaterThan(0);
  expect(small?.after.attempts).toBe(10);
  expect(small?.after.failures).toBeLessThan(10);
});

test('of several symptoms the one that comes again most often is kept', async () => {
  let runs = 0;
  const symptoms = [symptomOf(finding('once')), symptomOf(finding('broke'))] as const;
  const { small } = await trial(
    (schedule) => {
      runs += 1;
      if (runs === 1) return [finding('once')];
      return isStruck(schedule) ? [finding('broke')] : [];
    },
    { symptoms, confirmations: 2 },
  );
  expect(small?.symptom).toEqual(symptoms[1]);
  expect(small?.before).toEqual({ attempts: 4, failures: 3 });
  expect(small?.after).toEqual({ attempts: 2, failures: 2 });
  expect(small?.byCatch).toHaveLength(1);
  const both = await trial(() => [finding('broke'), finding('once')], { symptoms });
  expect(both.small?.symptom).toEqual(symptoms[0]);
});

test('another symptom is kept, and never followed', async () => {
  const { small } = await trial((schedule) => {
    if (isStruck(schedule)) return [finding('broke')];
    return schedule.faults.length > 0 ? [finding('leaked')] : [];
  });
  expect(isStruck(small?.schedule as Schedule)).toBe(true);
  expect(small?.byCatch.length).toBeGreaterThan(0);
  expect(
    small?.byCatch.flatMap(({ findings }) => findings.map(({ message }) => message)),
  ).toContain('leaked');
});

test('what never comes again is given up after twenty runs', async () => {
  expect(await trial(() => [])).toEqual({ small: undefined, runs: 20 });
});

test('what comes again late in the time it has is still found', async () => {
  let runs = 0;
  const budgetMs = 10 * RUN_MS;
  const { small } = await trial(() => (++runs >= 9 ? [finding('broke')] : []), { budgetMs });
  expect(small?.before).toEqual({ attempts: 9, failures: 1 });
});

test('when time is over, the smallest so far is the result', async () => {
  const budgetMs = 30 * RUN_MS;
  const { small, runs } = await trial(
    (schedule) => (isStruck(schedule) ? [finding('broke')] : []),
    { budgetMs },
  );
  expect(runs).toBeLessThanOrEqual(31);
  expect(small?.isMinimal).toBe(false);
  expect(small?.schedule.operations.length).toBeLessThan(30);
  expect(small?.after.attempts).toBeGreaterThan(0);
});

test('when nothing more can be run, what was shown by then is the result', async () => {
  let left = 12;
  const run = (schedule: Schedule): Promise<Attempt> => {
    left -= 1;
    if (left < 0) return Promise.reject(new TimeIsOver());
    return Promise.resolve({ findings: isStruck(schedule) ? [finding('broke')] : [] });
  };
  const { small } = await trial(() => [], { run });
  expect(small?.after).toEqual({ attempts: 0, failures: 0 });
  expect(isStruck(small?.schedule as Schedule)).toBe(true);
});

test('what the simulation suggests is taken where the target agrees, and costs one run', async () => {
  const defect = MODEL_DEFECTS['hedged-calls'];
  const slow = { session: 1, upstream: 0, kind: 'slow-late', gapMs: 5, executionMs: 300 } as const;
  const faults = long.faults.slice(0, 1);
  const schedule = { ...long, faults, operations: long.operations.with(3, slow) };
  const findings = modelRun(schedule, 1, defect).findings;
  const found = findings.find(({ check }) => check === 'applied-once') as Finding;
  const said: string[] = [];
  const { small, runs } = await trial((candidate) => modelRun(candidate, 2, defect).findings, {
    schedule,
    symptoms: [symptomOf(found)],
    say: (line) => said.push(line),
  });
  expect(said.join('\n')).toMatch(
    /defect hedged-calls \(1 session, 1 operation, 0 faults\); so does the target/,
  );
  expect(small?.schedule.operations).toHaveLength(1);
  expect(runs).toBeLessThan(60);
});
