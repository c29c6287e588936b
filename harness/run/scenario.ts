/**
 * A scenario: one experiment, told as a sentence, its actors, and the checks that judge it afterwards.
 * Its id is its file: `scenarios/isolation/same-user.ts` is "isolation/same-user".
 */

import type { Check } from '../checks/check.ts';
import type { CounterOptions } from '../fixture/counter.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Claims } from '../target/claims.ts';
import type { Stage } from './stage.ts';

export interface ScenarioDefinition<Upstream extends string = string> {
  /** The sentence that it proves. */
  readonly title: string;
  readonly requirements: readonly [string, ...string[]];
  /** Issues of real gateways that it reproduces: "IBM/mcp-context-forge#4205". */
  readonly issues?: readonly string[];
  readonly upstreams: Readonly<Record<Upstream, CounterOptions>>;
  readonly checks: readonly [Check, ...Check[]];
  /** Fewer answered operations than this prove nothing. Default 1. */
  readonly operationsMin?: number;
  /** How many users with credentials of their own the target must have. Default 1. */
  readonly usersMin?: number;
  /** Why it cannot be run against a target with these claims; undefined: it can. */
  readonly notApplicable?: (claims: Claims) => string | undefined;
  /** Serve the target below this prefix. */
  readonly pathPrefix?: string;
  /**
   * The target examines an upstream session that was silent for that long before it uses it again,
   * and gives it as long to answer, in milliseconds. Only for targets that claim it.
   */
  readonly idleProbeMs?: number;
  /** The instance is stopped, killed or reconfigured on the way, so the lane is thrown away afterwards. */
  readonly spendsLane?: boolean;
  /** The target's process is ended on the way: not for one that somebody else started. */
  readonly stopsTarget?: boolean;
  /** What it carries out, where that was generated; it goes into the bundle. */
  readonly schedule?: Schedule;
  /** The whole of `run`, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number;
  run(stage: Stage<Upstream>): Promise<void>;
}

export interface Scenario extends ScenarioDefinition {
  readonly id: string;
}

/** For the type of the upstreams' names; returns its argument. */
export function scenario<Upstream extends string>(
  definition: ScenarioDefinition<Upstream>,
): ScenarioDefinition<Upstream> {
  return definition;
}
