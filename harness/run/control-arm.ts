/**
 * The control arm of a run: what convicts the target is tried once more without any target, straight
 * against the fixture, with the same schedule and the same faults. A check that fails there, too,
 * says something about us and nothing about the target.
 */

import { join } from 'node:path';
import { LaneHolder, type LaneHolderOptions } from './lane-holder.ts';
import { CONTROL_PLAN } from './control-plan.ts';
import type { Control } from './recorded.ts';
import { conclude, runScenario, type Finished, type RunContext } from './run-scenario.ts';
import { whyNotApplicable } from './unjudged.ts';

export class ControlArm implements AsyncDisposable {
  readonly #holder: LaneHolder;

  /** @param options those of the lane that it stands beside. */
  constructor(options: LaneHolderOptions) {
    this.#holder = new LaneHolder({ ...options, plan: CONTROL_PLAN });
  }

  /** The same run, judged with what the control arm showed. What was not violated is returned as it is. */
  async weigh(finished: Finished, context: RunContext): Promise<Finished> {
    if (finished.result.verdict !== 'fail') return finished;
    const { job, opPrefix, bundle } = finished;
    const { recorded, ...rest } = bundle;
    const control = await this.#controlOf(finished, context);
    return conclude({ ...rest, job, opPrefix, recorded: { ...recorded, control } }, context);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#holder[Symbol.asyncDispose]();
  }

  async #controlOf({ job, result }: Finished, context: RunContext): Promise<Control> {
    const whyNot = whyNotApplicable(job.scenario, CONTROL_PLAN);
    if (whyNot !== undefined) return { failed: [], whyNot };
    const lane = await this.#holder.laneFor(job.scenario);
    const { name, version } = CONTROL_PLAN;
    const provenance = { ...context.provenance, target: { name, version } };
    const control = await runScenario(
      // A number of its own: its calls are no late ones of the job that it repeats.
      { ...job, number: -job.number },
      lane,
      { ...context, plan: CONTROL_PLAN, provenance, out: join(context.out, 'control') },
    );
    // The next one is to find the fixture as this one did.
    await this.#holder.throwAway();
    const failed = new Set(control.result.findings.map(({ check }) => check));
    const blamed = new Set(result.findings.map(({ check }) => check));
    return { failed: [...blamed.intersection(failed)].sort() };
  }
}
