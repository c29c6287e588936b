/**
 * One round of the flake measure: scenarios that were run once or a few times with a seed of its own,
 * and what came out. One line of the state file, so that a round is there as a whole or not at all.
 */

import { z } from 'zod';

const count = z.int().nonnegative();

/** A run that was not green. */
const alarmSchema = z.strictObject({
  id: z.string(),
  repeat: count,
  verdict: z.enum(['fail', 'inconclusive']),
  /** The first line of the reason, or what the first finding says. */
  why: z.string(),
  /** The checks that have a finding. */
  checks: z.array(z.string()),
  /** The suite itself failed in it, not the target. */
  ownError: z.boolean(),
  /** The folder of its bundle, from the folder of the state file. */
  bundle: z.string().optional(),
});

export const roundSchema = z.strictObject({
  /** From 0; no two rounds of a state have the same. */
  round: count,
  seed: count,
  jobs: z.int().positive(),
  /** ISO 8601. */
  startedAt: z.string(),
  durationMs: z.number().nonnegative(),
  machine: z.string(),
  /** How often each scenario passed. */
  passed: z.record(z.string(), z.int().positive()),
  alarms: z.array(alarmSchema),
  /** What failed on our side around the scenarios, such as a teardown. */
  troubles: z.array(z.string()),
});

export type FlakeRound = z.infer<typeof roundSchema>;
export type FlakeAlarm = z.infer<typeof alarmSchema>;
