/**
 * The control arm of a run: what convicts the target is tried once more without any target, straight
 * against the fixture, with the same schedule and the same faults. A check that fails there, too,
 * says something about us and nothing about the target; an arm that was inconclusive, or broke, says
 * nothing about either.
 */

import { join } from 'node:path';
import { LaneHolder, type LaneHolderOptions } from './lane-holder.ts';
import { CONTROL_PLAN } from './control-plan.ts';
import { controlFrom } from './control-from.ts';
import type { Control, Recorded } from './recorded.ts';
import { conclude, runScenario, type Finished, type Job, type RunContext } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { partOnUpstream } from '../schedule/part-on-upstream.ts';
import { stormScenario } from '../storm/storm-scenario.ts';
import { whyNotApplicable } from './unjudged.ts';

const NO_PROCESS = "the scenario ends the target's process, and without a target there is none";

export class ControlArm implements AsyncDisposable {
  readonly #holder: LaneHolder;
  readonly #onFailure: (error: unknown) => void;

  /**
   * @param options those of the lane that it stands beside.
   * @param onFailure told why the arm broke; no finding is lost by it.
   */
  constructor(options: LaneHolderOptions, onFailure: (error: unknown) => void) {
    this.#holder = new LaneHolder({ ...options, plan: CONTROL_PLAN });
    this.#onFailure = onFailure;
  }

  /** The same run, judged with what the control arm showed. What was not violated is returned as it is. */
  async weigh(finished: Finished, context: RunContext): Promise<Finished> {
    if (finished.result.verdict !== 'fail') return finished;
    const { job, opPrefix, lane, bundle } = finished;
    const { recorded, ...rest } = bundle;
    const control = await this.#controlOf(finished, context);
    return conclude({ ...rest, job, opPrefix, lane, recorded: { ...recorded, control } }, context);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#holder[Symbol.asyncDispose]();
  }

  async #controlOf({ job, result }: Finished, context: RunContext): Promise<Control> {
    if (job.scenario.stopsTarget === true) return { failed: [], whyNot: NO_PROCESS };
    const parts = withOneUpstream(job.scenario);
    const whyNot = parts.map((part) => whyNotApplicable(part, CONTROL_PLAN)).find(isSaid);
    if (whyNot !== undefined) return { failed: [], whyNot };
    const ids = new Set(result.findings.map(({ check }) => check));
    const blamed = context.instrument.checksNamed([...ids]).filter(({ id }) => ids.has(id));
    try {
      const recordings: Recorded[] = [];
      for (const [index, scenario] of parts.entries()) {
        // A number of its own: its calls are no late ones of the job that it repeats.
        const number = -(job.number * parts.length + index);
        recordings.push(await this.#recordingOf({ ...job, scenario, number }, context));
      }
      return controlFrom(blamed, recordings);
    } catch (error) {
      // What convicts the target was recorded before this, and stands.
      if (!context.signal.aborted) this.#onFailure(error);
      const why = context.signal.aborted
        ? 'the run ended before it did'
        : `it broke: ${error instanceof Error ? error.message : String(error)}`;
      return { failed: [], passed: [], unproven: [...ids].map((check) => ({ check, why })) };
    }
  }

  async #recordingOf(job: Job, context: RunContext): Promise<Recorded> {
    const lane = await this.#holder.laneFor(job.scenario);
    const { name, version } = CONTROL_PLAN;
    const provenance = { ...context.provenance, target: { name, version } };
    const out = join(context.out, 'control');
    const control = { ...context, plan: CONTROL_PLAN, provenance, out };
    const { bundle } = await runScenario(job, lane, control);
    // The next one is to find the fixture as this one did.
    await this.#holder.throwAway();
    return bundle.recorded;
  }
}

/** A client without a gateway reaches one upstream at a time, so a schedule with two is carried out in two parts. */
function withOneUpstream(scenario: Scenario): readonly Scenario[] {
  const { schedule, id } = scenario;
  if (schedule === undefined || schedule.upstreams === 1) return [scenario];
  const name = id.slice(id.indexOf('/') + 1);
  return Array.from({ length: schedule.upstreams }, (_, upstream) =>
    stormScenario(partOnUpstream(schedule, upstream), `${name}-upstream-${upstream + 1}`),
  );
}

function isSaid(reason: string | undefined): reason is string {
  return reason !== undefined;
}
