/** Six defects of our own. Each must turn the suite red; none may be blamed on the target. */

import type { Check } from '../checks/check.ts';
import { ownCounterBy } from '../checks/own-counter.ts';
import { EXIT } from '../report/exit-codes.ts';
import { strike } from '../fault/struck-fault.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { stormScenario } from '../storm/storm-scenario.ts';
import { Recorder } from '../history/recorder.ts';
import { INSTRUMENT, type Instrument } from './instrument.ts';
import type { RunResult } from './result.ts';
import type { RunOptions } from './run-options.ts';
import { conviction, type Defect } from './defect.ts';

export interface HarnessVerdict {
  readonly name: string;
  readonly title: string;
  readonly isCaught: boolean;
  /** What the suite said. */
  readonly said: string;
}

type Run = (
  defect: Defect | undefined,
  scenarioIds: readonly string[],
  name: string,
  instrument: Instrument,
  options?: Partial<Pick<RunOptions, 'controlArm' | 'scenarios'>>,
) => Promise<RunResult>;

export async function brokenInstruments(
  defects: readonly Defect[],
  run: Run,
): Promise<readonly HarnessVerdict[]> {
  return [
    await neverInjected(run),
    await drawnAndNeverInjected(run),
    await outlivesReceipt(run),
    await droppedEvents(run),
    await alwaysPasses(defects, run),
    await convictsTheInnocent(run),
  ];
}

/** Every receipt is in order, and no fault is ever injected. */
const PRETENDS: Instrument = {
  ...INSTRUMENT,
  strikeNetwork: (upstream, _proxy, { kind }, sink) => {
    const pretend = { strike: async () => ['pretended'], heal: async () => ['pretended'] };
    return strike({ kind, upstream }, pretend, sink);
  },
};

async function neverInjected(run: Run): Promise<HarnessVerdict> {
  const name = 'fault-never-injected';
  const result = await run(undefined, ['breakage/cut-while-idle'], name, PRETENDS);
  return mustBeInconclusive(name, 'A fault that is never injected', result, /did not land/);
}

const CUT_WHILE_IDLE: Schedule = {
  sessions: [{ user: 0 }],
  upstreams: 1,
  operations: [0, 1, 2].map(() => ({
    session: 0,
    upstream: 0,
    kind: 'increment' as const,
    gapMs: 100,
    executionMs: 0,
  })),
  faults: [
    { kind: 'down', upstream: 0, operation: 1, phase: 'idle', durationMs: 150, severity: 2 },
  ],
};

/** Of what a storm draws not every fault meets somebody; a schedule that none of its faults met says so. */
async function drawnAndNeverInjected(run: Run): Promise<HarnessVerdict> {
  const name = 'drawn-fault-never-injected';
  const drawn = stormScenario(CUT_WHILE_IDLE, name);
  const result = await run(undefined, [], name, PRETENDS, { scenarios: [drawn] });
  const title = 'A fault of a schedule that is never injected';
  return mustBeInconclusive(name, title, result, /^no fault of the schedule landed/);
}

/** A cut that goes on after its receipt says that it is healed. */
export const OUTLIVING: Instrument = {
  ...INSTRUMENT,
  strikeNetwork: (upstream, proxy, { kind }, sink) => {
    const work = { strike: () => proxy.disable(), heal: async () => ['pretended'] };
    return strike({ kind, upstream }, work, sink);
  },
};

/** What a fault without end does looks like the target's doing; only the control arm can tell. */
async function outlivesReceipt(run: Run): Promise<HarnessVerdict> {
  const name = 'fault-outlives-receipt';
  const arm = { controlArm: true };
  const result = await run(undefined, ['breakage/cut-while-idle'], name, OUTLIVING, arm);
  const title = 'A fault that goes on after its receipt says that it is healed';
  return mustBeInconclusive(name, title, result, /^straight against the fixture/);
}

class DroppingRecorder extends Recorder {
  #answers = 0;

  protected override keep(event: HistoryEvent): void {
    if (event.kind === 'complete' && ++this.#answers % 10 === 0) return;
    super.keep(event);
  }
}

/** Every tenth answer is missing from the history. */
export const DROPS_EVENTS: Instrument = {
  ...INSTRUMENT,
  newRecorder: () => new DroppingRecorder(),
};

async function droppedEvents(run: Run): Promise<HarnessVerdict> {
  const name = 'dropped-events';
  const result = await run(undefined, ['isolation/same-user'], name, DROPS_EVENTS);
  return mustBeInconclusive(name, 'A history that drops events', result, /^the history has/);
}

/** The check that a defect names is replaced by one that always passes: the matrix must show a gap. */
async function alwaysPasses(defects: readonly Defect[], run: Run): Promise<HarnessVerdict> {
  const name = 'always-passes';
  const title = 'A check that always passes';
  const defect = defects[0];
  if (defect === undefined) return { name, title, isCaught: false, said: 'there is no defect' };
  const blind = (check: Check): Check =>
    check.id === defect.check ? { ...check, judge: () => ({ examined: 1, findings: [] }) } : check;
  const instrument: Instrument = {
    ...INSTRUMENT,
    checksNamed: (ids) => INSTRUMENT.checksNamed(ids).map(blind),
  };
  const { scenarios, perRun } = await run(defect, defect.scenarios, name, instrument);
  const results = [...scenarios, ...perRun];
  const { isConvicted, fired } = conviction(defect, results);
  // Nothing is caught by a run that never came to its judgement.
  const wasJudged = results.some(({ checks }) =>
    checks.some(({ id, verdict }) => id === defect.check && verdict === 'pass'),
  );
  const said = isConvicted
    ? `${defect.name} counts as convicted all the same`
    : `${defect.name} counts as not convicted by ${defect.check} (fired: ${fired.join(', ') || 'none'})`;
  return { name, title, isCaught: wasJudged && !isConvicted, said };
}

/** A black box that convicts whatever it is shown: the ledger knows better, and says whose bug it is. */
async function convictsTheInnocent(run: Run): Promise<HarnessVerdict> {
  const strict = ownCounterBy(() => [{ anomaly: 'ORDER', count: 1, witnesses: [] }]);
  const instrument: Instrument = {
    ...INSTRUMENT,
    checksNamed: (ids) =>
      INSTRUMENT.checksNamed(ids).map((check) => (check.id === strict.id ? strict : check)),
  };
  const name = 'checker-too-strict';
  const result = await run(undefined, ['isolation/same-user'], name, instrument);
  const title = 'A checker of answers that convicts what the ledger explains';
  const verdict = mustBeInconclusive(name, title, result, /^our own checkers contradict/);
  return { ...verdict, isCaught: verdict.isCaught && result.exitCode === EXIT.ownError };
}

function mustBeInconclusive(
  name: string,
  title: string,
  result: RunResult,
  reason: RegExp,
): HarnessVerdict {
  const only = result.scenarios[0];
  const isCaught =
    only?.verdict === 'inconclusive' &&
    only.findings.length === 0 &&
    reason.test(only.reason ?? '');
  return { name, title, isCaught, said: `${only?.verdict ?? 'nothing'}: ${only?.reason ?? ''}` };
}
