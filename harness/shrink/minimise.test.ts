import { expect, test } from 'vitest';
import type { Finding } from '../checks/check.ts';
import { randomFrom } from '../random.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { MODEL_DEFECTS } from '../simulation/defects/model-defects.ts';
import { minimise, type Minimised, type MinimiseOptions } from './minimise.ts';
import { modelRun } from './shrink-in-model.ts';
import { TimeIsOver, type Attempt } from './attempt.ts';
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

function judged(findings: readonly Finding[]): Attempt {
  return { findings, verdict: findings.length > 0 ? 'fail' : 'pass' };
}

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
      return Promise.resolve(judged(findingsOf(schedule)));
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
  expect(small?.before).toEqual({ attempts: 4, failures: 3, unjudged: 0 });
  expect(small?.after).toEqual({ attempts: 2, failures: 2, unjudged: 0 });
  const both = await trial(() => [finding('broke'), finding('once')], { symptoms });
  expect(both.small?.symptom).toEqual(symptoms[0]);
});

test('another symptom is never followed', async () => {
  const { small } = await trial((schedule) => {
    if (isStruck(schedule)) return [finding('broke')];
    return schedule.faults.length > 0 ? [finding('leaked')] : [];
  });
  expect(isStruck(small?.schedule as Schedule)).toBe(true);
});

const UNJUDGED: Attempt = { findings: [], verdict: 'inconclusive' };

test('runs that could not be judged count for nothing, and no candidate is lost by one', async () => {
  let runs = 0;
  const said: string[] = [];
  const { small } = await trial(() => [], {
    say: (line) => said.push(line),
    run: (schedule) => {
      runs += 1;
      // Every run on its own: the second of two is judged.
      if (runs % 2 === 1) return Promise.resolve(UNJUDGED);
      return Promise.resolve(judged(isStruck(schedule) ? [finding('broke')] : []));
    },
  });
  expect(said).toContain('shown again in 3 of 3 runs (3 more could not be judged)');
  expect(small?.after).toEqual({ attempts: 10, failures: 10, unjudged: 10 });
  expect(small?.schedule.operations).toHaveLength(1);
  expect(small?.isMinimal).toBe(true);
});

test('what can never be judged is given up after five runs, and nothing is said of it', async () => {
  let unjudged = 0;
  const never = (): Promise<Attempt> => {
    unjudged += 1;
    return Promise.resolve(UNJUDGED);
  };
  expect((await trial(() => [], { nowMs: () => 0, run: never })).small).toBeUndefined();
  expect(unjudged).toBe(5);
  const isSmall = ({ operations }: Schedule): boolean => operations.length < 30;
  const { small } = await trial(() => [], {
    nowMs: () => 0,
    run: (schedule) => (isSmall(schedule) ? never() : Promise.resolve(judged([finding('broke')]))),
  });
  expect(small?.schedule.operations).toHaveLength(30);
  expect(small?.isMinimal).toBe(false);
  expect(unjudged % 5).toBe(0);
});

test('what never comes again is given up after twenty runs', async () => {
  expect(await trial(() => [])).toEqual({ small: undefined, runs: 20 });
});

test('what comes again late in the time it has is still found', async () => {
  let runs = 0;
  const budgetMs = 10 * RUN_MS;
  const { small } = await trial(() => (++runs >= 9 ? [finding('broke')] : []), { budgetMs });
  expect(small?.before).toEqual({ attempts: 9, failures: 1, unjudged: 0 });
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
    return Promise.resolve(judged(isStruck(schedule) ? [finding('broke')] : []));
  };
  const { small } = await trial(() => [], { run });
  expect(small?.after).toEqual({ attempts: 0, failures: 0, unjudged: 0 });
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
