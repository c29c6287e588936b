/**
 * The ways to make a schedule smaller, in the order in which they pay: whole sessions, then faults,
 * then everything after the violation, then single operations, and only then what makes the rest
 * milder and shorter. Each keeps what still fails.
 */

import { normalise } from '../schedule/normalise.ts';
import {
  OPERATION_KINDS,
  type Schedule,
  type ScheduledFault,
  type ScheduledOperation,
} from '../schedule/schedule.ts';
import { ddmin } from './ddmin.ts';
import { withOperations, withSessions } from './without.ts';

/** Whether this schedule still shows the symptom. One that does is the current one from then on. */
export type Fails = (candidate: Schedule) => Promise<boolean>;

export type Pass = (schedule: Schedule, fails: Fails) => Promise<Schedule>;

/** How often a number is halved before it is taken as it is: each costs several runs. */
const HALVINGS_MAX = 3;

/** There are half as many pairs as the square of this. */
const PAIRS_UP_TO = 10;

const fewerSessions: Pass = async (schedule, fails) => {
  const kept = await ddmin(indices(schedule.sessions), (some) =>
    fails(withSessions(schedule, some)),
  );
  return withSessions(schedule, kept);
};

const fewerFaults: Pass = async (schedule, fails) => {
  const only = (faults: readonly ScheduledFault[]): Schedule => normalise({ ...schedule, faults });
  return only(await ddmin(schedule.faults, (faults) => fails(only(faults))));
};

/** The violation has happened by some operation; what comes later only checks that it has. */
const fewerAtTheEnd: Pass = async (schedule, fails) => {
  const all = indices(schedule.operations);
  let length = all.length;
  for (let step = Math.ceil(length / 2); step >= 1; step = step === 1 ? 0 : Math.ceil(step / 2)) {
    while (length > step && (await fails(withOperations(schedule, all.slice(0, length - step))))) {
      length -= step;
    }
  }
  return withOperations(schedule, all.slice(0, length));
};

const fewerOperations: Pass = async (schedule, fails) => {
  const all = indices(schedule.operations);
  return withOperations(
    schedule,
    await ddmin(all, (some) => fails(withOperations(schedule, some))),
  );
};

/** Two that are only needed together, like calls that give two sessions the same ids. */
const fewerPairs: Pass = async (schedule, fails) => {
  let current = schedule;
  for (let isSmaller = true; isSmaller && current.operations.length <= PAIRS_UP_TO;) {
    isSmaller = false;
    for (const candidate of withoutPairs(current)) {
      if (!(await fails(candidate))) continue;
      [current, isSmaller] = [candidate, true];
      break;
    }
  }
  return current;
};

const milderFaults: Pass = (schedule, fails) =>
  inTurn(schedule, fails, indices(schedule.faults), (current, index) =>
    faultVariants(current, index, ({ severity }) =>
      descent(severity).map((less) => ({ severity: less })),
    ),
  );

const shorter: Pass = async (schedule, fails) => {
  // All at once first: where no length matters, one candidate is enough.
  const shortest = normalise({
    ...schedule,
    operations: schedule.operations.map((one) => ({ ...one, gapMs: 0, executionMs: 0 })),
    faults: schedule.faults.map((one) => ({ ...one, durationMs: 0 })),
  });
  if (await fails(shortest)) return shortest;
  const faults = await inTurn(schedule, fails, indices(schedule.faults), (current, index) =>
    faultVariants(current, index, ({ durationMs }) =>
      descent(durationMs).map((ms) => ({ durationMs: ms })),
    ),
  );
  return inTurn(faults, fails, indices(schedule.operations), (current, index) => [
    ...operationVariants(current, index, ({ executionMs }) =>
      descent(executionMs).map((ms) => ({ executionMs: ms })),
    ),
    ...operationVariants(current, index, ({ gapMs }) =>
      descent(gapMs).map((ms) => ({ gapMs: ms })),
    ),
  ]);
};

const plainer: Pass = async (schedule, fails) => {
  const one = normalise({
    ...schedule,
    upstreams: 1,
    sessions: schedule.sessions.map(() => ({ user: 0 })),
  });
  const fewer = (await fails(one)) ? one : schedule;
  return inTurn(fewer, fails, indices(fewer.operations), (current, index) =>
    operationVariants(current, index, ({ kind }) =>
      OPERATION_KINDS.slice(0, Math.min(2, OPERATION_KINDS.indexOf(kind))).map((plain) => ({
        kind: plain,
      })),
    ),
  );
};

export const PASSES: readonly Pass[] = [
  fewerSessions,
  fewerFaults,
  fewerAtTheEnd,
  fewerOperations,
  milderFaults,
  shorter,
  plainer,
  fewerPairs,
];

function withoutPairs(schedule: Schedule): readonly Schedule[] {
  const all = indices(schedule.operations);
  return all.flatMap((one) =>
    all
      .filter((other) => other > one)
      .map((other) =>
        withOperations(
          schedule,
          all.filter((index) => index !== one && index !== other),
        ),
      ),
  );
}

/** For each index, the first variant that fails is taken, and its own variants are tried. */
async function inTurn(
  schedule: Schedule,
  fails: Fails,
  all: readonly number[],
  variants: (current: Schedule, index: number) => readonly Schedule[],
): Promise<Schedule> {
  let current = schedule;
  for (const index of all) {
    for (let taken: Schedule | undefined = current; taken !== undefined;) {
      current = taken;
      taken = undefined;
      // What is out of bounds comes back as it was.
      const now = JSON.stringify(current);
      for (const variant of variants(current, index)) {
        if (JSON.stringify(variant) === now || !(await fails(variant))) continue;
        taken = variant;
        break;
      }
    }
  }
  return current;
}

/** Zero, then half, then three quarters of it. */
function descent(value: number): readonly number[] {
  const steps = Array.from({ length: HALVINGS_MAX }, (_, index) =>
    Math.floor(value * (1 - 0.5 ** index)),
  );
  return [...new Set(steps)].filter((step) => step < value);
}

function faultVariants(
  schedule: Schedule,
  index: number,
  changes: (fault: ScheduledFault) => readonly Partial<ScheduledFault>[],
): readonly Schedule[] {
  const fault = schedule.faults[index];
  if (fault === undefined) return [];
  return changes(fault).map((change) =>
    normalise({ ...schedule, faults: schedule.faults.with(index, { ...fault, ...change }) }),
  );
}

function operationVariants(
  schedule: Schedule,
  index: number,
  changes: (operation: ScheduledOperation) => readonly Partial<ScheduledOperation>[],
): readonly Schedule[] {
  const operation = schedule.operations[index];
  if (operation === undefined) return [];
  return changes(operation).map((change) =>
    normalise({
      ...schedule,
      operations: schedule.operations.with(index, { ...operation, ...change }),
    }),
  );
}

function indices(all: readonly unknown[]): readonly number[] {
  return [...all.keys()];
}
