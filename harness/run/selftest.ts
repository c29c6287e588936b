/**
 * Does the suite convict what it should? Every defect of the reference gateway meets the scenarios
 * that should convict it, the reference meets the same, and six broken instruments are put in the
 * place of the real one.
 */

import { join } from 'node:path';
import { CHECKS } from '../checks/index.ts';
import { EXIT } from '../report/exit-codes.ts';
import { programFile } from '../paths.ts';
import { planFor } from '../target/find-target.ts';
import { brokenInstruments, type HarnessVerdict } from './broken-instruments.ts';
import { conviction, loadDefects, type Defect } from './defect.ts';
import { INSTRUMENT, type Instrument } from './instrument.ts';
import type { RunResult, ScenarioResult } from './result.ts';
import type { RunOptions } from './run-options.ts';
import { runScenarios } from './runner.ts';
import type { Scenario } from './scenario.ts';

export interface DefectVerdict {
  readonly defect: Defect;
  /** The named check has a finding. */
  readonly isConvicted: boolean;
  /** Every check that has a finding, the named one among them. */
  readonly fired: readonly string[];
  readonly results: readonly ScenarioResult[];
  readonly durationMs: number;
}

export interface SelftestOptions {
  readonly scenarios: readonly Scenario[];
  /** Only these defects; the broken instruments are tried in any case. */
  readonly defects: readonly Defect[];
  readonly seed: number;
  readonly out: string;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
  readonly defectDone: (verdict: DefectVerdict, done: number, total: number) => void;
}

export interface SelftestResult {
  readonly defects: readonly DefectVerdict[];
  /** Defects without a verdict, because it was interrupted before. */
  readonly unjudged: readonly string[];
  /** The reference gateway in the same scenarios; absent after an interruption, as are the instruments. */
  readonly reference?: RunResult;
  readonly harness: readonly HarnessVerdict[];
  /** Checks that no defect names: nobody knows whether they can fail. */
  readonly unproven: readonly string[];
  readonly exitCode: number;
}

export async function selftest(options: SelftestOptions): Promise<SelftestResult> {
  const { defects, signal } = options;
  const all = await loadDefects();
  const verdicts: DefectVerdict[] = [];
  for (const defect of defects) {
    if (signal.aborted) break;
    const verdict = await tryDefect(defect, options);
    // What was cut short may still have shown the finding; that it did not says nothing.
    if (signal.aborted && !verdict.isConvicted) break;
    verdicts.push(verdict);
    options.defectDone(verdict, verdicts.length, defects.length);
  }
  const unproven = unprovenBy(all);
  const unjudged = defects.slice(verdicts.length).map(({ name }) => name);
  const interrupted: SelftestResult = {
    defects: verdicts,
    unjudged,
    harness: [],
    unproven,
    exitCode: EXIT.interrupted,
  };
  if (signal.aborted) return interrupted;
  options.note('the reference gateway in the same scenarios');
  const named = new Set(defects.flatMap(({ scenarios }) => scenarios));
  const reference = await runAgainst(undefined, [...named], 'reference', options);
  options.note('six broken instruments');
  const harness = await brokenInstruments(all, (defect, ids, name, instrument, how) =>
    runAgainst(defect, ids, name, options, instrument, how),
  );
  if (signal.aborted) return interrupted;
  const isSound =
    verdicts.every(({ isConvicted }) => isConvicted) &&
    harness.every(({ isCaught }) => isCaught) &&
    reference.exitCode === EXIT.ok &&
    unproven.length === 0;
  const exitCode = isSound ? EXIT.ok : EXIT.ownError;
  return { defects: verdicts, unjudged, reference, harness, unproven, exitCode };
}

function unprovenBy(defects: readonly Defect[]): readonly string[] {
  const proven = new Set(defects.map(({ check }) => check));
  return CHECKS.map(({ id }) => id).filter((id) => !proven.has(id));
}

async function tryDefect(defect: Defect, options: SelftestOptions): Promise<DefectVerdict> {
  const run = await runAgainst(defect, defect.scenarios, defect.name, options);
  const results = [...run.scenarios, ...run.perRun];
  return { defect, ...conviction(defect, results), results, durationMs: run.durationMs };
}

/** The reference's own target file, with the defect's entry file in the place of the gateway's. */
async function runAgainst(
  defect: Defect | undefined,
  ids: readonly string[],
  name: string,
  options: SelftestOptions,
  instrument: Instrument = INSTRUMENT,
  how: Partial<Pick<RunOptions, 'controlArm' | 'scenarios'>> = {},
): Promise<RunResult> {
  const variables =
    defect === undefined ? {} : { GATEWAY: programFile(`fixtures/defects/${defect.name}`) };
  const { seed, signal, note } = options;
  return runScenarios(
    {
      scenarios: options.scenarios.filter(({ id }) => ids.includes(id)),
      plan: await planFor({ target: 'reference', variables }),
      seed,
      repeat: 1,
      jobs: 2,
      ...how,
      out: join(options.out, 'selftest', name),
      signal,
      command: `mcp-gauntlet selftest ${defect?.name ?? ''} --seed ${seed}`,
    },
    { started: () => undefined, scenarioDone: () => undefined, note },
    instrument,
  );
}
